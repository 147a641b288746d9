// The order counts: modules are evaluated in the order of their imports.
import './unbundled.ts';
export { open } from 'lmdb';

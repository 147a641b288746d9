import { memoryEngine } from '../support/engines.ts';
import { livesAsPromised } from './reference/life.ts';

livesAsPromised(memoryEngine, { histories: 200 });

import { memoryEngine } from '../support/engines.ts';
import { agrees } from './agreement.ts';

agrees(memoryEngine);

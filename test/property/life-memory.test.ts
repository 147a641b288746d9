import { memoryEngine } from '../support/engines.ts';
import { testLives } from './reference/life.ts';

testLives(memoryEngine, { histories: 200 });

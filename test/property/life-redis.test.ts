import { redisEngine } from '../support/engines.ts';
import { testLives } from './reference/life.ts';

testLives(redisEngine, { histories: 40 });

import { embeddedEngine } from '../support/engines.ts';
import { testLives } from './reference/life.ts';

testLives(embeddedEngine, { histories: 40 });

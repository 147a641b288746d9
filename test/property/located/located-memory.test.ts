import { memoryEngine } from '../../support/engines.ts';
import { testLocatedLives } from './located-lives.ts';

testLocatedLives(memoryEngine, { histories: 100 });

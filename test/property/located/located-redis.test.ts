import { redisEngine } from '../../support/engines.ts';
import { testLocatedLives } from './located-lives.ts';

testLocatedLives(redisEngine, { histories: 30 });

import { embeddedEngine } from '../../support/engines.ts';
import { testLocatedLives } from './located-lives.ts';

testLocatedLives(embeddedEngine, { histories: 20 });

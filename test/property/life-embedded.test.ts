import { embeddedEngine } from '../support/engines.ts';
import { livesAsPromised } from './reference/life.ts';

livesAsPromised(embeddedEngine, { histories: 40 });

import { redisEngine } from '../support/engines.ts';
import { livesAsPromised } from './reference/life.ts';

livesAsPromised(redisEngine, { histories: 40 });

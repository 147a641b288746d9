import { redisEngine } from '../support/engines.ts';
import { agrees } from './agreement.ts';

agrees(redisEngine);

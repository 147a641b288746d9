import { embeddedEngine } from '../support/engines.ts';
import { agrees } from './agreement.ts';

agrees(embeddedEngine);

import type { Definition } from './definition.ts';
import { flashSale } from './scenarios/flash-sale.ts';
import { kill } from './scenarios/kill.ts';
import { manySkus } from './scenarios/many-skus.ts';
import { stress } from './scenarios/stress.ts';

/** Every scenario, in the order of the README. */
export const SCENARIOS: readonly Definition[] = [flashSale, manySkus, stress, kill];

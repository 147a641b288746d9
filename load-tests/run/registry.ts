import type { Definition } from './definition.ts';
import { cartChurn } from './scenarios/cart-churn.ts';
import { flashSale } from './scenarios/flash-sale.ts';
import { kill } from './scenarios/kill.ts';
import { manySkus } from './scenarios/many-skus.ts';
import { paymentRace } from './scenarios/payment-race.ts';
import { retryStorm } from './scenarios/retry-storm.ts';
import { smoke } from './scenarios/smoke.ts';
import { soak } from './scenarios/soak.ts';
import { stress } from './scenarios/stress.ts';

/** Every scenario, in the order of the README. */
export const SCENARIOS: readonly Definition[] = [
  smoke,
  flashSale,
  manySkus,
  cartChurn,
  retryStorm,
  paymentRace,
  soak,
  stress,
  kill,
];

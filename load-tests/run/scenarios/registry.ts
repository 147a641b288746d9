import type { Definition } from '../toolkit/definition.ts';
import { cartChurn } from './cart-churn.ts';
import { dispatch } from './dispatch.ts';
import { flashSale } from './flash-sale.ts';
import { flood } from './flood.ts';
import { hoarding } from './hoarding.ts';
import { kill } from './kill.ts';
import { locations } from './locations.ts';
import { manySkus } from './many-skus.ts';
import { paymentRace } from './payment-race.ts';
import { retryStorm } from './retry-storm.ts';
import { smoke } from './smoke.ts';
import { soak } from './soak.ts';
import { storeFilling } from './store-filling.ts';
import { stress } from './stress.ts';

/** Every scenario, in the order of the README. */
export const SCENARIOS: readonly Definition[] = [
  smoke,
  flashSale,
  manySkus,
  cartChurn,
  retryStorm,
  paymentRace,
  dispatch,
  locations,
  hoarding,
  soak,
  stress,
  flood,
  storeFilling,
  kill,
];

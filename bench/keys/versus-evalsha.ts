import type { Bench } from '../core/types.ts';
import { cartAddingSide } from '../sides/cart-adding.ts';
import { evalshaSide } from '../sides/evalsha.ts';
import { CALLERS, reservingSide } from '../sides/reserving.ts';

const hot = reservingSide({ name: `Holdfast on Redis, one hot SKU, ${CALLERS} callers`, skus: 1 });

export const hotVersusEvalsha: Bench = {
  key: 'hot_vs_evalsha_p1',
  about: 'reservations of one hot SKU, compared with bare EVALSHAs without pipelining',
  reach: { atLeast: 1 },
  a: hot,
  b: evalshaSide(1),
};

export const hotVersusPipelined: Bench = {
  key: 'hot_vs_evalsha_p16',
  about: 'reservations of one hot SKU, compared with bare EVALSHAs with pipelining of 16',
  reach: { atLeast: 0.5 },
  a: hot,
  b: evalshaSide(16),
};

export const uniformVersusEvalsha: Bench = {
  key: 'uniform_vs_evalsha_p1',
  about: 'reservations of 1,000 SKUs uniformly, compared with bare EVALSHAs without pipelining',
  reach: { atLeast: 0.8 },
  a: reservingSide({ name: `Holdfast on Redis, 1,000 SKUs uniformly, ${CALLERS} callers`, skus: 1_000 }),
  b: evalshaSide(1),
};

export const cartVersusEvalsha: Bench = {
  key: 'cart_vs_evalsha_p1',
  about: 'add-to-cart (hold and cart in one transaction), compared with bare EVALSHAs without pipelining',
  reach: { atLeast: 0.6 },
  a: cartAddingSide(`Holdfast on Redis, add-to-cart of one hot SKU, ${CALLERS} callers`),
  b: evalshaSide(1),
};

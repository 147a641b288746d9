import { cartAddSide } from '../http/cart-add-side.ts';
import { batchedPgSide, sameWorkPgSide } from '../http/same-work-pg-side.ts';
import type { Bench } from '../core/types.ts';

/** Time to create the cluster, to try four pool sizes twice, and to check the tables. */
const BESIDES_SECONDS = 35;
const MANY_SKUS = 1_000;

export const httpHotVersusSameWorkPg: Bench = {
  key: 'http_hot_vs_same_work_pg',
  about: 'cart.add of one hot SKU over HTTP, compared with the same work in PostgreSQL, one call per request',
  reach: { atLeast: 5 },
  a: cartAddSide(1),
  b: sameWorkPgSide(1),
  besidesSeconds: BESIDES_SECONDS,
};

export const httpUniformVersusSameWorkPg: Bench = {
  key: 'http_uniform_vs_same_work_pg',
  about: 'cart.add of 1,000 SKUs over HTTP, compared with the same work in PostgreSQL, one call per request',
  reach: { atLeast: 3 },
  a: cartAddSide(MANY_SKUS),
  b: sameWorkPgSide(MANY_SKUS),
  besidesSeconds: BESIDES_SECONDS,
};

export const httpHotVersusBatchedPg: Bench = {
  key: 'http_hot_vs_batched_pg',
  about: 'cart.add of one hot SKU over HTTP, compared with the same work in PostgreSQL in batches',
  reach: { atLeast: 1 },
  a: cartAddSide(1),
  b: batchedPgSide(1),
  besidesSeconds: BESIDES_SECONDS,
};

export const httpUniformVersusBatchedPg: Bench = {
  key: 'http_uniform_vs_batched_pg',
  about: 'cart.add of 1,000 SKUs over HTTP, compared with the same work in PostgreSQL in batches',
  reach: { atLeast: 1.2 },
  a: cartAddSide(MANY_SKUS),
  b: batchedPgSide(MANY_SKUS),
  besidesSeconds: BESIDES_SECONDS,
};

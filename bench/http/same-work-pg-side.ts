import { join } from 'node:path';
import type { Side } from '../core/types.ts';
import { checkSameWork, prepareSameWork } from '../postgres/same-work-schema.ts';
import { PLENTY_UNITS } from '../support/goods.ts';
import { goodsName } from './cart-add-side.ts';
import { CONNECTIONS, type Request } from './http-shop.ts';
import { pgServiceSide } from './pg-service-side.ts';

export const SAME_WORK_SERVICE = join(import.meta.dirname, 'same-work-pg-main.js');
const ADD: Request = { path: '/cart/add', body: { before: '{', after: '}' } };
/** A call for each request: few connections do not wait for each other's locks, many overlap their flushes. */
const POOLS_OF_SINGLES = [4, 8, 16, CONNECTIONS] as const;
/** Calls for many requests: one works while others flush. The more connections, the smaller each call. */
const POOLS_OF_BATCHES = [1, 2, 3, 4] as const;

const sameWorkSide = (
  skus: number,
  label: string,
  { mode, pools }: { mode: 'single' | 'batched'; pools: readonly number[] },
): Side =>
  pgServiceSide({
    label,
    nameWith: (pool) => `${label}, pool of ${pool}, ${goodsName(skus)}, ${CONNECTIONS} clients`,
    entry: SAME_WORK_SERVICE,
    env: { MODE: mode },
    request: ADD,
    skus,
    pools,
    prepare: (client, names) => prepareSameWork(client, names, PLENTY_UNITS),
    verify: checkSameWork,
  });

/** A service over PostgreSQL that does the work of `cart.add`, in one call for each request. */
export const sameWorkPgSide = (skus: number): Side =>
  sameWorkSide(skus, 'a node:http service doing the same work, a PL/pgSQL call for each request', {
    mode: 'single',
    pools: POOLS_OF_SINGLES,
  });

/** The same service, which collects its requests and makes one call for up to 64 of them. */
export const batchedPgSide = (skus: number): Side =>
  sameWorkSide(skus, 'a node:http service doing the same work, a PL/pgSQL call for up to 64 requests', {
    mode: 'batched',
    pools: POOLS_OF_BATCHES,
  });

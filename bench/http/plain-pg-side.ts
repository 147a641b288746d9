import { join } from 'node:path';
import type { Side } from '../core/types.ts';
import { checkTaken } from '../postgres/hot-side.ts';
import { prepareStock, stockTaken } from '../postgres/schemes.ts';
import { PLENTY_UNITS } from '../support/goods.ts';
import { goodsName } from './cart-add-side.ts';
import { CONNECTIONS, type Request } from './http-shop.ts';
import { pgServiceSide } from './pg-service-side.ts';

const ENTRY = join(import.meta.dirname, 'plain-pg-main.js');
const RESERVE: Request = { path: '/reserve', body: { before: '{', after: '}' } };
/**
 * Pool sizes: few connections do not wait for each other's locks, one for each client avoids waiting for a connection.
 */
const POOLS = [8, 16, CONNECTIONS] as const;

/** A plain service over PostgreSQL, which only decrements. */
export const plainPgSide = (skus: number): Side =>
  pgServiceSide({
    label: 'a plain node:http service with pg',
    nameWith: (pool) =>
      `a plain node:http service, one conditional CTE, pool of ${pool}, ${goodsName(skus)}, ${CONNECTIONS} clients`,
    entry: ENTRY,
    request: RESERVE,
    skus,
    pools: POOLS,
    prepare: (client, names) => prepareStock(client, names, PLENTY_UNITS),
    verify: async (client, acknowledged) => checkTaken(await stockTaken(client), acknowledged),
  });

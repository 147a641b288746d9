import { cartAddSide } from '../http/cart-add-side.ts';
import { plainPgSide } from '../http/plain-pg-side.ts';
import type { Bench } from '../core/types.ts';
import { postgresHotSide } from '../postgres/hot-side.ts';
import { embeddedReservingSide } from '../sides/embedded-reserving.ts';
import { CALLERS, reservingSide } from '../sides/reserving.ts';

/** Time to create the cluster and to try three schemes with two numbers of clients. */
const CALIBRATION_SECONDS = 25;
const FILLED_HOLDS = 500_000;

export const redisVersusPostgres: Bench = {
  key: 'redis_local_vs_postgres',
  about:
    'reservations of one hot SKU on Redis, flushed before each answer, compared with the best scheme of PostgreSQL',
  reach: { atLeast: 6 },
  a: reservingSide({
    name: `Holdfast on Redis, AOF always, one hot SKU, ${CALLERS} callers`,
    skus: 1,
    fsync: 'always',
  }),
  b: postgresHotSide(),
  besidesSeconds: CALIBRATION_SECONDS,
};

export const embeddedVersusPostgres: Bench = {
  key: 'embedded_vs_postgres',
  about:
    'reservations of one hot SKU in the embedded store among 500,000 holds, compared with the best scheme of PostgreSQL',
  reach: { atLeast: 4.5 },
  a: embeddedReservingSide({ holds: FILLED_HOLDS }),
  b: postgresHotSide(),
  besidesSeconds: CALIBRATION_SECONDS + 45,
};

export const httpHotVersusPlainPg: Bench = {
  key: 'http_hot_vs_plain_pg',
  about: 'cart.add of one hot SKU over HTTP, compared with a plain service that only reserves in PostgreSQL',
  reach: { atLeast: 4 },
  a: cartAddSide(1),
  b: plainPgSide(1),
  besidesSeconds: CALIBRATION_SECONDS,
};

export const httpUniformVersusPlainPg: Bench = {
  key: 'http_uniform_vs_plain_pg',
  about: 'cart.add of 1,000 SKUs over HTTP, compared with a plain service that only reserves in PostgreSQL',
  reach: { atLeast: 1.6 },
  a: cartAddSide(1_000),
  b: plainPgSide(1_000),
  besidesSeconds: CALIBRATION_SECONDS,
};

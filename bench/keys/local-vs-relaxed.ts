import type { Bench } from '../core/types.ts';
import { CALLERS, reservingSide } from '../sides/reserving.ts';

export const localVersusRelaxed: Bench = {
  key: 'local_vs_relaxed',
  about: 'reservations with an AOF that is flushed before each answer, compared with one that is flushed every second',
  reach: { atLeast: 0.8 },
  a: reservingSide({ name: `AOF always, one hot SKU, ${CALLERS} callers`, skus: 1, fsync: 'always' }),
  b: reservingSide({ name: `AOF everysec, one hot SKU, ${CALLERS} callers`, skus: 1, fsync: 'everysec' }),
};

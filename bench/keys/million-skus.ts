import type { Bench } from '../core/types.ts';
import { CALLERS, reservingSide } from '../sides/reserving.ts';

const SMALL = 1_000;
const LARGE = 1_000_000;

export const millionSkus: Bench = {
  key: 'million_skus',
  about: 'reservations of SKUs uniformly with 1,000,000 SKUs and live holds, compared with 1,000',
  reach: { atLeast: 0.85 },
  a: reservingSide({ name: `1,000,000 SKUs, 1,000,000 holds, ${CALLERS} callers`, skus: LARGE, holds: LARGE }),
  b: reservingSide({ name: `1,000 SKUs, 1,000 holds, ${CALLERS} callers`, skus: SMALL, holds: SMALL }),
  besidesSeconds: 120,
};

import type { Bench, Report } from './core/types.ts';
import { localVersusRelaxed } from './keys/local-vs-relaxed.ts';
import {
  cartVersusEvalsha,
  hotVersusEvalsha,
  hotVersusPipelined,
  uniformVersusEvalsha,
} from './keys/versus-evalsha.ts';

/** In the order in which they run. One file a key or a family of keys, in `bench/keys/`; one a report, in `bench/reports/`. */
export const BENCHES: readonly Bench[] = [
  hotVersusEvalsha,
  hotVersusPipelined,
  uniformVersusEvalsha,
  cartVersusEvalsha,
  localVersusRelaxed,
];

export const REPORTS: readonly Report[] = [];

import type { Bench, Report } from './core/types.ts';

/** In the order in which they run. One file a key, in `bench/keys/`; one a report, in `bench/reports/`. */
export const BENCHES: readonly Bench[] = [];

export const REPORTS: readonly Report[] = [];

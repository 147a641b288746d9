import type { Bench, Report } from './core/types.ts';
import { coldInStorm } from './keys/cold-in-storm.ts';
import { httpVersusTrpcFetch } from './keys/http-vs-trpc-fetch.ts';
import { localVersusRelaxed } from './keys/local-vs-relaxed.ts';
import { loneTransaction } from './keys/lone-transaction.ts';
import { millionSkus } from './keys/million-skus.ts';
import {
  cartVersusEvalsha,
  hotVersusEvalsha,
  hotVersusPipelined,
  uniformVersusEvalsha,
} from './keys/versus-evalsha.ts';
import { reserveVersusNoop, twoProcesses } from './keys/over-http.ts';
import { twoProcessesHot } from './keys/two-processes-hot.ts';
import {
  embeddedVersusPostgres,
  httpHotVersusPlainPg,
  httpUniformVersusPlainPg,
  redisVersusPostgres,
} from './keys/versus-postgres.ts';
import {
  httpHotVersusBatchedPg,
  httpHotVersusSameWorkPg,
  httpUniformVersusBatchedPg,
  httpUniformVersusSameWorkPg,
} from './keys/versus-same-work.ts';
import { bulk } from './reports/bulk.ts';
import { embeddedRestart } from './reports/embedded-restart.ts';
import { growth } from './reports/growth.ts';
import { memory } from './reports/memory.ts';
import { openLoopLatency } from './reports/open-loop.ts';
import { redisInstructions } from './reports/redis-instructions.ts';

/** In the order in which they run. One file a key or a family of keys, in `bench/keys/`; one a report, in `bench/reports/`. */
export const BENCHES: readonly Bench[] = [
  hotVersusEvalsha,
  hotVersusPipelined,
  uniformVersusEvalsha,
  cartVersusEvalsha,
  redisVersusPostgres,
  embeddedVersusPostgres,
  localVersusRelaxed,
  httpVersusTrpcFetch,
  httpHotVersusPlainPg,
  httpUniformVersusPlainPg,
  httpHotVersusSameWorkPg,
  httpUniformVersusSameWorkPg,
  httpHotVersusBatchedPg,
  httpUniformVersusBatchedPg,
  reserveVersusNoop,
  twoProcesses,
  twoProcessesHot,
  loneTransaction,
  coldInStorm,
  millionSkus,
];

export const REPORTS: readonly Report[] = [memory, openLoopLatency, growth, embeddedRestart, bulk, redisInstructions];

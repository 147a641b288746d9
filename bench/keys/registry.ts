import type { Bench, Report } from '../core/types.ts';
import { coldInStorm } from './cold-in-storm.ts';
import { httpVersusTrpcFetch } from './http-vs-trpc-fetch.ts';
import { cartLimitsOn, hotLimitsOn, httpHotLimitsOn, httpUniformLimitsOn } from './limits-on.ts';
import { localVersusRelaxed } from './local-vs-relaxed.ts';
import { loneTransaction } from './lone-transaction.ts';
import { millionSkus } from './million-skus.ts';
import { cartVersusEvalsha, hotVersusEvalsha, hotVersusPipelined, uniformVersusEvalsha } from './versus-evalsha.ts';
import { reserveVersusNoop, twoProcesses } from './over-http.ts';
import { soldOutLocations, threeLocations } from './three-locations.ts';
import { twoProcessesHot } from './two-processes-hot.ts';
import {
  embeddedVersusPostgres,
  httpHotVersusPlainPg,
  httpUniformVersusPlainPg,
  redisVersusPostgres,
} from './versus-postgres.ts';
import {
  httpHotVersusBatchedPg,
  httpHotVersusSameWorkPg,
  httpUniformVersusBatchedPg,
  httpUniformVersusSameWorkPg,
} from './versus-same-work.ts';
import { bulk } from '../reports/bulk.ts';
import { consoleStock } from '../reports/console-stock.ts';
import { embeddedRestart } from '../reports/embedded-restart.ts';
import { growth } from '../reports/growth.ts';
import { memory } from '../reports/memory.ts';
import { openLoopLatency } from '../reports/open-loop.ts';
import { redisInstructions } from '../reports/redis-instructions.ts';

/**
 * In the order of execution. Each key, or family of keys, has a file in `bench/keys/`, and each report one in
 * `bench/reports/`.
 */
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
  hotLimitsOn,
  cartLimitsOn,
  httpHotLimitsOn,
  httpUniformLimitsOn,
  twoProcesses,
  twoProcessesHot,
  loneTransaction,
  coldInStorm,
  millionSkus,
  threeLocations,
  soldOutLocations,
];

export const REPORTS: readonly Report[] = [
  memory,
  openLoopLatency,
  growth,
  embeddedRestart,
  bulk,
  redisInstructions,
  consoleStock,
];

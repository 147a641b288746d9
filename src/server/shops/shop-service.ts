import { createHttpSender } from '../../adapters/http-sender.ts';
import type { ShopDirectory } from '../../api/callers/shop-directory.ts';
import { FillWatch } from '../../health/fill-watch.ts';
import { LeadWatch } from '../../health/lead-watch.ts';
import { lastHealthOf, Readiness } from '../../health/readiness.ts';
import type { RequestAdmission } from '../../http/admission/admit-first.ts';
import { SYSTEM_RUNTIME } from '../../runtime/system-runtime.ts';
import { ReplayPolicy, type ReplayPolicyParts } from '../../shop/recovery/replay-policy.ts';
import { createHoldfast, type Holdfast, type HoldfastOptions } from '../../shop/holdfast.ts';
import { ALWAYS_LEADING } from '../../store/leadership.ts';
import type { Store } from '../../store/store.ts';
import { meterStore } from '../../store/store-meter.ts';
import type { Log } from '../../transact/log.ts';
import type { Config } from '../settings/config.ts';
import { settingsOf } from '../settings/configured-settings.ts';
import type { Foundations } from './foundations.ts';
import { Metrics } from '../observability/metrics.ts';
import { createRequestHandling, type RequestHandling } from './request-handling.ts';
import { steadyNow } from './steady-now.ts';

export interface ShopServiceParts {
  entrance: RequestAdmission;
  /** The keys that may do everything. */
  rootKeys: readonly string[];
  /** Returns the requests of the shop that are being answered. */
  inFlight: () => number;
  readMetrics?: Metrics['read'] | undefined;
  /** How often the store is checked without a call. Absent: every second. */
  checkMs?: number | undefined;
  /** See `HoldfastOptions`. */
  restMs?: number | undefined;
  /** Absent: the process serves one shop. */
  directory?: ShopDirectory | undefined;
  log: Log;
}

/** A shop that a process serves, without the listener. */
export interface ShopService {
  readonly holdfast: Holdfast;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly handle: RequestHandling['handle'];
  readonly observe: RequestHandling['observe'];
  /** Checks the store, prepares the shop, and begins the expiry. Rejects if the shop cannot be prepared. */
  start(): Promise<void>;
  /**
   * Ends imports, subscriptions and timers. Call it while requests are in flight, because open streams would not end by
   * themselves.
   */
  stop(): void;
  /** Closes the services and the store, after `stop`. */
  close(): Promise<void>;
}

/** Creates the services of a shop on an open store, which they own from then on. */
export function createShopService(config: Config, foundations: Foundations, parts: ShopServiceParts): ShopService {
  const { store, leadership = ALWAYS_LEADING, lostSequences = () => 0, clock: now = steadyNow } = foundations;
  const { log, rootKeys, entrance, inFlight } = parts;
  const [metrics, readiness] = [new Metrics(lostSequences), new Readiness(store, log, parts.checkMs)];
  const fill = new FillWatch(lastHealthOf(store, readiness), log, config.STORE_FULL_PERCENT);
  const metered = meterStore(store, { ...metrics.store, wrote: readiness.noteWrite });
  const base = { store: metered, leadership, log, now, isFull: () => fill.isFull, restMs: parts.restMs };
  const holdfast = createHoldfast({ ...base, ...holdfastOptionsOf(config, foundations) });
  const observed = {
    holdfast,
    rootKeys,
    now,
    wall: foundations.clock,
    metrics,
    readiness,
    fill: () => fill.ratio,
    log,
  };
  const { readMetrics, directory: shops } = parts;
  const handling = createRequestHandling(config, foundations, { ...observed, entrance, readMetrics, shops });
  const watches = [fill, new LeadWatch(leadership, log), ...policyOf(config, { store, events: holdfast.events, log })];
  metrics.watch(holdfast.stats, () => inFlight() - holdfast.watch.counts.watchSubscribers, entrance.admission);
  metrics.watchLimits(() => handling.limiter?.refused ?? {});
  metrics.watchClock(() => store.clockStats);
  metrics.watchReadiness(() => readiness.verdict.ready);
  metrics.watchFill(() => fill.ratio);
  metrics.watchLead(() => leadership.isLeading);
  const { handle, observe } = handling;
  const prepare = () => foundations.prepare?.(holdfast);
  return {
    holdfast,
    metrics,
    readiness,
    handle,
    observe,
    ...lifecycleOf({ holdfast, store, readiness, handling, watches, prepare }),
  };
}

interface LivingParts extends Pick<ShopService, 'holdfast' | 'readiness'> {
  store: Store;
  handling: RequestHandling;
  watches: readonly { start: () => void; stop: () => void }[];
  prepare: () => Promise<void> | undefined;
}

function lifecycleOf(parts: LivingParts): Pick<ShopService, 'start' | 'stop' | 'close'> {
  const { holdfast, store, readiness, handling, watches, prepare } = parts;
  let quiet: Promise<void> = Promise.resolve();
  return {
    async start() {
      for (const watch of watches) watch.start();
      await readiness.start();
      await prepare();
      holdfast.expiry.start();
    },
    stop() {
      quiet = holdfast.expiry.stop();
      // Imports end early. The last line of their answer says how many rows were applied.
      void holdfast.bulk.stop();
      // Subscriptions do not end by themselves.
      void holdfast.watch.close();
      readiness.close();
      for (const watch of watches) watch.stop();
      handling.close();
    },
    async close() {
      await quiet;
      await holdfast.close();
      await store.close();
    },
  };
}

/** Returns the policy for lost writes, if the shop does not wait for an operator. */
const policyOf = ({ ON_LOST_WRITES }: Config, parts: Omit<ReplayPolicyParts, 'runtime'>): ReplayPolicy[] =>
  ON_LOST_WRITES === 'replay' ? [new ReplayPolicy({ ...parts, runtime: SYSTEM_RUNTIME })] : [];

const holdfastOptionsOf = (
  config: Config,
  { admit, sharedNotes, webhookSender }: Foundations,
): Partial<HoldfastOptions> => ({
  admit,
  sharedNotes,
  settings: settingsOf(config),
  dataKeys: { key: config.DATA_KEY, previousKey: config.DATA_KEY_PREVIOUS },
  webhooks: { sender: webhookSender ?? createHttpSender({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE === 'yes' }) },
});

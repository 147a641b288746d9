import type { ShopStatus } from '../../contract/outputs/status-outputs.ts';
import type { Readiness } from '../../health/readiness.ts';
import type { CallAdmission } from '../../http/admission/admission.ts';
import type { Holdfast } from '../../shop/holdfast.ts';
import type { Metrics } from '../observability/metrics.ts';

interface Observed {
  holdfast: Holdfast;
  /** Epoch milliseconds of the store. */
  shopNow: () => number;
  metrics: Metrics;
  readiness: Readiness;
  /** How full the store is, 0 to 1. */
  fill: () => number;
  admission: CallAdmission;
  rateLimited: Readonly<Record<string, number>>;
}

/** Returns the answer of `admin.status`. It reads only what this process remembers, so it needs no store. */
export function shopStatusOf(observed: Observed): ShopStatus {
  const { holdfast, shopNow, metrics, readiness, fill, admission, rateLimited } = observed;
  const { store, stats } = holdfast;
  const { ready, reasons, notes, store: health } = readiness.verdict;
  const { engine, durability } = store.supports;
  const { lastAudit, runningAudit, ledgerFollowers: followers, watchSubscribers: watchers, ...counts } = stats();
  const { offsetMs } = store.clockStats;
  return {
    at: shopNow(),
    shop: store.shop,
    engine,
    durability,
    startedAt: Math.round(performance.timeOrigin),
    ready,
    reasons: [...reasons],
    notes: [...notes],
    ...(health && { sequence: health.sequence }),
    fill: fill(),
    clockOffsetMs: Math.round(offsetMs),
    ...(lastAudit && { lastAudit }),
    ...(runningAudit && { runningAudit }),
    queue: queueOf(counts.batcher, admission),
    calls: metrics.calls.map(([procedure, outcome, count]) => ({ procedure, outcome, count })),
    shed: sumOfFigures(admission.counts.shed),
    rateLimited: sumOfFigures(rateLimited),
    holds: {
      sold: counts.holdsSold,
      released: counts.holdsReleased,
      expired: counts.holdsReclaimed,
      heldShareMax: counts.heldShareMax,
    },
    webhooks: webhooksOf(counts),
    watchers,
    followers: [...followers],
  };
}

type Counts = Omit<
  ReturnType<Holdfast['stats']>,
  'lastAudit' | 'runningAudit' | 'ledgerFollowers' | 'watchSubscribers'
>;

const queueOf = (batcher: Counts['batcher'], { waiting }: CallAdmission): ShopStatus['queue'] => ({
  arriving: waiting,
  waiting: batcher.shopQueueItems + batcher.mailboxItems,
  mailboxes: batcher.mailboxes,
  oldestWaitMs: batcher.oldestWaitMs,
  batchesInFlight: batcher.inFlightBatches,
  batches: batcher.sentBatches,
  transactions: batcher.sentItems,
});

const webhooksOf = (counts: Counts): ShopStatus['webhooks'] => ({
  delivered: counts.webhooksDelivered,
  failed: counts.webhooksFailed,
  dead: counts.webhooksDead,
  oldestMoneyMs: counts.webhooksOldestUndeliveredMs.money,
  oldestOtherMs: counts.webhooksOldestUndeliveredMs.other,
});

const sumOfFigures = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

import type { BatcherLimits } from '../actor/batcher-limits.ts';
import type { Store } from '../store/store.ts';
import { Auditor } from './audit/auditor.ts';
import { repairIndexes } from './audit/index-repair.ts';
import { trimLedger } from './audit/ledger-retention.ts';
import { AvailabilityCache } from './stock/units/availability.ts';
import { createBulkService } from './bulk/bulk-service.ts';
import type { Admit } from './cart/sku-admission.ts';
import { createCartService } from './cart/cart-service.ts';
import { openStreaks } from './cart/shared-streaks.ts';
import { createCheckoutService } from './order/checkout-service.ts';
import { BatchedReads } from '../transact/batched-reads.ts';
import { PriceCache } from './stock/supply/price-cache.ts';
import { BackorderFiller, type BackorderFillerParts } from './expiry/backorder-filler.ts';
import { ExpiryEffects } from './expiry/expiry-effects.ts';
import { ExpiredLines, type ExpiredLinesParts } from './expiry/expired-lines.ts';
import { Expiry } from './expiry/expiry-service.ts';
import { ALWAYS_LEADING, type Leadership } from '../store/leadership.ts';
import type { SharedNotes } from '../store/opened-store.ts';
import { createCallerCaps } from './stock/supply/caller-caps.ts';
import { createEventService, type EventServiceParts } from './event/event-service.ts';
import { writeOff } from './hold/write-off.ts';
import { createHoldService } from './hold/hold-service.ts';
import { createKeyService } from './key/key-service.ts';
import { createInventoryService } from './hold/inventory-service.ts';
import { type Log, SILENT } from '../transact/log.ts';
import { createCustomerService } from './customer/customer-service.ts';
import { LedgerFollowers } from './ledger/ledger-followers.ts';
import { createLedgerService } from './ledger/ledger-service.ts';
import { createLocationService } from './location/location-service.ts';
import { ShopLocations } from './location/shop-locations.ts';
import { createOrderService } from './order/order-service.ts';
import type { OrderParts } from './order/checkout/order-streaks.ts';
import { createPaymentService, lapse } from './order/payment-service.ts';
import { Reclaimer } from '../transact/reclaimer.ts';
import { ok } from '../contract/calls/call.ts';
import type { Holdfast } from './holdfast-api.ts';
import { DEFAULT_SETTINGS, type Settings } from '../contract/settings.ts';
import { recoverStore, reportLoss } from './recovery/recovery-service.ts';
import { createReservationService } from './reservation/reservation-service.ts';
import { createRegistry, type RegistryParts } from './registry/registry-service.ts';
import { createSessionService } from './session/session-service.ts';
import type { ServiceParts } from './stock/supply/service-parts.ts';
import { createStockService } from './stock/stock-service.ts';
import { createShownRefusal } from './stock/units/shown-refusal.ts';
import { withComponents } from './stock/units/kit-reads.ts';
import { SkuFinder } from './stock/search/sku-finder.ts';
import { StockReader } from './stock/units/stock-reader.ts';
import { DataSeal, type DataSealOptions } from '../transact/documents/data-seal.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { SYSTEM_RUNTIME } from '../runtime/system-runtime.ts';
import { Ids } from '../transact/documents/ids.ts';
import { SweepPace } from '../transact/sweep-pace.ts';
import { openTracing } from '../transact/tracing.ts';
import { Transactor } from '../transact/transactor.ts';
import { createWebhooks, type WebhookOptions, type Webhooks } from './webhook/webhooks.ts';
import { createTransferService } from './transfer/transfer-service.ts';
import { StockWatch } from './watch/stock-watch.ts';

export type * from './cart/cart-api.ts';
export type * from './customer/customer-api.ts';
export type * from './expiry/expiry-service.ts';
export type * from './hold/hold-api.ts';
export type * from './holdfast-api.ts';
export type * from './ledger/ledger-api.ts';
export type * from './location/location-api.ts';
export type * from './order/order-api.ts';
export type * from './registry/registry-api.ts';
export type * from './reservation/reservation-api.ts';
export type * from './session/session-api.ts';
export type * from './stock/stock-api.ts';
export type * from './transfer/transfer-api.ts';

export interface HoldfastOptions {
  /** It belongs to the caller: `close` does not close it. */
  store: Store;
  settings?: Partial<Settings>;
  log?: Log;
  /** Elects the process that applies the effects of expiry, if several share a store. Absent: this process. */
  leadership?: Leadership;
  /** Shares lifetimes of holds with other processes: `store.sharedNotes()` of a store in Redis. */
  sharedNotes?: SharedNotes | undefined;
  batcherLimits?: Partial<BatcherLimits>;
  /** Admits sessions to protected SKUs. Absent: they are refused. Operators need no admission. */
  admit?: Admit | undefined;
  /** Absent: this process sends no webhooks. */
  webhooks?: WebhookOptions;
  /** Whether the store has only the room left that is reserved for operators. Then writes of shoppers are refused. */
  isFull?: () => boolean;
  /** A shop that nothing changes is swept this often, in milliseconds. Default: each second, like any other. */
  restMs?: number | undefined;
  /** Keys of 32 bytes that encrypt contacts and secrets of webhooks in the store. Absent: they are stored plain. */
  dataKeys?: Pick<DataSealOptions, 'key' | 'previousKey'>;
  /** Local epoch milliseconds. It only orders generated ids: all decisions use the store's time. */
  now?: () => number;
}

/**
 * Creates a shop on any store. Expiry is exact from the start, and prompt once `expiry.start()` has run. A simulation
 * passes its own `runtime`.
 */
export function createHoldfast(options: HoldfastOptions, runtime: Runtime = SYSTEM_RUNTIME): Holdfast {
  const { store, now = runtime.wallMs, log = SILENT } = options;
  const ids = new Ids({ now, random: runtime.random });
  const settings: Settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const core = createCore(options, settings, { ids, runtime });
  const { read, reader, locations, finder, transactor, expiry, keys } = core;
  const auditor = new Auditor({ store, read: core.reads.read });
  const watch = new StockWatch({ store, read, reader, locations, settings, log });
  const shared = { prices: pricesOf(settings), capsOf: createCallerCaps(settings), seal: core.seal, ids };
  const parts = { store, transactor, read, reader, locations, ...shared, settings, now };
  const bulk = createBulkService(parts);
  const availability = new AvailabilityCache(reader, settings);
  const { streaks, close: closeStreaks } = openStreaks({ settings, now, ids, log, notes: options.sharedNotes });
  const orderParts = { ...parts, streaks };
  return {
    store,
    settings,
    sessions: createSessionService({ ...parts, log, runtime }),
    stock: createStock({ ...parts, availability, finder }),
    locations: createLocationService(parts),
    transfers: createTransferService(parts),
    carts: createCartService({ ...parts, admit: options.admit, streaks }),
    ...createSales(orderParts),
    bulk,
    ledger: createLedgerService({ ...parts, followers: core.followers }),
    watch,
    webhooks: core.webhooks.service,
    keys,
    ...createAdministration({ ...parts, log, runtime }),
    expiry,
    audit: async () => ok(await auditor.audit()),
    repairIndexes: async (call) => ok(await repairIndexes(parts, call)),
    loss: () => reportLoss(parts),
    recover: (input) => recoverStore({ store, log }, input),
    trimLedger: core.trim,
    stats: () => ({ ...statsOf(core), ...watch.counts, ...figuresOf(availability, auditor) }),
    close: () =>
      closeAll(core, [() => finder.close(), () => watch.close(), () => bulk.stop(), async () => closeStreaks()]),
  };
}

const createStock = (parts: Parameters<typeof createStockService>[0]): Holdfast['stock'] => ({
  ...createStockService(parts),
  writeOff: (input, call) => writeOff(parts, input, call),
});

const createAdministration = (parts: RegistryParts & EventServiceParts) => ({
  events: createEventService(parts),
  shops: createRegistry(parts),
});

/** Creates the services of holds and orders. */
const createSales = (parts: OrderParts) => ({
  holds: createHoldService({ ...parts, lapse: (order, call, alongside) => lapse(parts, order, call, alongside) }),
  checkout: { ...createCheckoutService(parts), ...createPaymentService(parts) },
  orders: createOrderService(parts),
  reservations: createReservationService(parts),
  customers: createCustomerService(parts),
  inventory: createInventoryService(parts),
});

const pricesOf = ({ cacheMs }: Settings): PriceCache => new PriceCache({ isOn: cacheMs > 0 });

const UNREADABLE_SEAL =
  'sealed data cannot be opened: set DATA_KEY, or DATA_KEY_PREVIOUS, to the key with which it was sealed';

const figuresOf = ({ heldShareMax }: AvailabilityCache, { lastAudit, runningAudit }: Auditor) => ({
  heldShareMax,
  lastAudit,
  runningAudit,
});

const statsOf = ({ transactor, reclaimer, effects, webhooks, followers }: Core) => ({
  batcher: transactor.stats(),
  ...transactor.counts,
  holdsReclaimed: reclaimer.holdsReclaimed,
  ...effects.counts,
  ...webhooks.counts(),
  ledgerFollowers: followers.known,
  ledgerFollowerSilentMs: followers.silentMs,
});

/** Closes the services, and then the core that they use. */
async function closeAll(
  { keys, expiry, transactor, reads }: Core,
  endings: readonly (() => Promise<void>)[],
): Promise<void> {
  for (const end of endings) await end();
  await keys.stop();
  await expiry.stop();
  await transactor.close();
  await reads.close();
}

const sealOf = ({ store, dataKeys, log = SILENT }: HoldfastOptions): DataSeal =>
  new DataSeal({ shop: store.shop, ...dataKeys, onUnreadable: (keyId) => log.error({ keyId }, UNREADABLE_SEAL) });

type Core = ReturnType<typeof createCore>;

/**
 * Creates the parts that all services share: reads, transactions and expiry. Batches and reclaims report the next
 * deadline to the expiry.
 */
function createCore(options: HoldfastOptions, settings: Settings, { ids, runtime }: { ids: Ids; runtime: Runtime }) {
  const { store, log = SILENT, leadership = ALWAYS_LEADING } = options;
  const [tracing, seal, reads] = [openTracing(runtime), sealOf(options), new BatchedReads(store, runtime)];
  const [read, pace] = [withComponents(reads.read), new SweepPace(options.restMs)];
  const reclaimer = new Reclaimer(store, (reclaimed) => expiry.onReclaimed(reclaimed));
  const stock = readersOf({ store, read, reclaimer, log, runtime });
  const base = { store, read, tracing, ids, runtime };
  const transactor = new Transactor({
    ...base,
    reclaimer,
    onBatch: (result, transactions) => {
      stock.finder.onApplied(transactions);
      expiry.onBatch(result);
      webhooks.runner.wake();
    },
    shownRefusal: createShownRefusal(settings),
    ...boundsOf(options, settings),
  });
  const effects = new ExpiryEffects({ transactor, reclaimer, settings, log, runtime });
  const sending = { ...base, ...stock, transactor, seal, pace, settings, log };
  const webhooks: Webhooks = createWebhooks(sending, options.webhooks);
  const followers = new LedgerFollowers({ read, transactor, settings, ids, runtime });
  const trim = trimmer({ store, read, transactor, log, webhooks, followers, retentionMs: settings.ledgerRetentionMs });
  const expiry: Expiry = new Expiry({
    store,
    reclaimer,
    expiredLines: createExpiredLines({ store, read, transactor, effects, log, runtime }),
    effects,
    leadership,
    leaderTask: (signal) => webhooks.runner.lead(signal),
    housekeeping: trim,
    pace,
    log,
    runtime,
  });
  const keys = createKeyService({ store, read, transactor, settings, log, ids, runtime });
  return { ...stock, seal, reads, read, reclaimer, transactor, effects, expiry, trim, webhooks, keys, followers };
}

type TrimParts = Omit<Parameters<typeof trimLedger>[0], 'followers'> & {
  webhooks: Webhooks;
  followers: LedgerFollowers;
};

const trimmer =
  ({ webhooks, followers, ...parts }: TrimParts) =>
  (): Promise<boolean> =>
    trimLedger({ ...parts, followers: [() => webhooks.runner.reached(), () => followers.reached()] });

interface ReaderParts extends Pick<ServiceParts, 'store' | 'read'> {
  reclaimer: Reclaimer;
  log: Log;
  runtime: Runtime;
}

/** Creates the readers of stock and locations. */
function readersOf({ log, runtime, ...parts }: ReaderParts) {
  const { store, read } = parts;
  const locations = new ShopLocations({ read, log, isShared: store.supports.multiProcess, runtime });
  const reader = new StockReader({ ...parts, locations });
  return { locations, reader, finder: new SkuFinder({ store, read, reader, locations }) };
}

const createExpiredLines = (parts: Omit<ExpiredLinesParts, 'filler'> & BackorderFillerParts): ExpiredLines =>
  new ExpiredLines({ ...parts, filler: new BackorderFiller(parts) });

const boundsOf = ({ isFull, batcherLimits }: HoldfastOptions, { callDeadlineMs }: Settings) => ({
  callDeadlineMs,
  ...(isFull ? { isFull } : {}),
  ...(batcherLimits ? { batcherLimits } : {}),
});

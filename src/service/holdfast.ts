import type { LaneLimits } from '../actor/lane-limits.ts';
import type { Reclaimed, Store } from '../store/store.ts';
import { Auditor } from './audit/auditor.ts';
import { AvailabilityCache } from './availability.ts';
import { createCartService } from './cart-service.ts';
import { createCheckoutService } from './checkout-service.ts';
import { CombinedReads } from './combined-reads.ts';
import { Definitions } from './definitions.ts';
import { DueDocuments } from './expiry/due-documents.ts';
import { ExpiredLines } from './expiry/expired-lines.ts';
import { Expiry } from './expiry/expiry-service.ts';
import { FollowUp } from './expiry/follow-up.ts';
import { ALWAYS_LEADING, type Leadership } from './expiry/leadership.ts';
import { createHoldService } from './hold-service.ts';
import { createInventoryService } from './inventory-service.ts';
import { type Log, SILENT } from './log.ts';
import { createOrderService } from './order-service.ts';
import { createPaymentService } from './payment-service.ts';
import { Reclaimer } from './reclaimer.ts';
import type { Holdfast } from './services.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { createStockService } from './stock-service.ts';
import { StockReader } from './stock-reader.ts';
import { Transactor } from './transactor.ts';

export type * from './services.ts';

export interface HoldfastOptions {
  /** Stays the caller's: `close` does not close it. */
  store: Store;
  settings?: Partial<Settings>;
  log?: Log;
  /** Which process does what follows from expiry, where several share a store; absent: this one. */
  leadership?: Leadership;
  laneLimits?: Partial<LaneLimits>;
  /** Local epoch milliseconds, for the order of generated ids only: all that is decided is decided by the store's time. */
  now?: () => number;
}

/** What a shop does, over any store. Expiry is exact from the start, and prompt from `expiry.start()` on. */
export function createHoldfast(options: HoldfastOptions): Holdfast {
  const { store, log = SILENT, leadership = ALWAYS_LEADING, laneLimits, now = Date.now } = options;
  const settings: Settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const reads = new CombinedReads(store);
  const { read } = reads;
  let holdsReclaimed = 0;
  const reclaimer = new Reclaimer(store, (reclaimed: Reclaimed) => {
    holdsReclaimed += reclaimed.ended;
    expiry.onReclaimed(reclaimed);
  });
  const transactor = new Transactor({
    store,
    read,
    reclaimer,
    onBatch: (result) => expiry.onBatch(result),
    callDeadlineMs: settings.callDeadlineMs,
    ...(laneLimits ? { laneLimits } : {}),
    now,
  });
  const followUp = new FollowUp({ transactor, settings, log });
  const expiredLines = new ExpiredLines({ store, read, transactor, followUp });
  const dueDocuments = new DueDocuments(reclaimer, followUp);
  const expiry = new Expiry({ store, reclaimer, expiredLines, dueDocuments, leadership, log });
  const reader = new StockReader(read, reclaimer, settings.callDeadlineMs);
  const definitions = new Definitions(settings.cacheMs);
  const auditor = new Auditor({ store, read });
  const parts = { store, transactor, read, reader, definitions, settings, now };
  return {
    store,
    settings,
    stock: createStockService({ ...parts, availability: new AvailabilityCache(reader, settings) }),
    holds: createHoldService(parts),
    carts: createCartService(parts),
    checkout: { ...createCheckoutService(parts), ...createPaymentService(parts) },
    orders: createOrderService(parts),
    inventory: createInventoryService(parts),
    expiry,
    audit: () => auditor.audit(),
    stats: () => ({ lane: transactor.stats(), ...transactor.counts, holdsReclaimed, ...followUp.counts }),
    close: async () => {
      await expiry.stop();
      await transactor.close();
      await reads.close();
    },
  };
}

import type { BatcherStats } from '../actor/batcher-options.ts';
import type { LostWrites, Store } from '../store/store.ts';
import type { BulkService } from './bulk/bulk-api.ts';
import type { CartService } from './cart/cart-api.ts';
import type { ExpiryService } from './expiry/expiry-api.ts';
import type { HoldService, InventoryService } from './hold/hold-api.ts';
import type { Call, Query } from '../contract/call.ts';
import type { CheckoutService, OrderService } from './order/order-api.ts';
import type { Result } from '../contract/refusals.ts';
import type { Settings } from '../contract/settings.ts';
import type { StockService } from './stock/stock-api.ts';
import type { Audit, IndexRepair } from '../contract/admin-outputs.ts';
import type { StockWatch } from './watch/stock-watch.ts';
import type { WebhookService } from './webhook/webhook-api.ts';
import type { EventClass } from '../contract/webhook-records.ts';

export interface HoldfastStats {
  batcher: BatcherStats;
  conflictsRetried: number;
  replays: number;
  holdsReclaimed: number;
  cartsExpired: number;
  ordersExpired: number;
  ordersForgotten: number;
  linesExpired: number;
  expiryFailures: number;
  webhooksDelivered: number;
  webhooksFailed: number;
  webhooksDead: number;
  webhookEndpointsDisabled: number;
  /** The age of the oldest event that this process has to deliver, for each class; 0 where it has delivered all. */
  webhooksOldestUndeliveredMs: Record<EventClass, number>;
  watchSubscribers: number;
  watchUpdatesSent: number;
}

export interface Holdfast {
  readonly store: Store;
  readonly settings: Settings;
  readonly stock: StockService;
  readonly holds: HoldService;
  readonly carts: CartService;
  readonly checkout: CheckoutService;
  readonly orders: OrderService;
  readonly inventory: InventoryService;
  readonly bulk: BulkService;
  readonly watch: StockWatch;
  readonly webhooks: WebhookService;
  readonly expiry: ExpiryService;
  /** Begins after the call and takes as long as the shop is large. Rejects with `StoreError` when the store fails. */
  audit(): Promise<Result<Audit>>;
  /**
   * Accepts that the store has lost the writes after a sequence, so that a frozen shop serves again; resolves with what
   * was lost. Refused `recovery_mismatch` where the shop is not frozen, or was left at another sequence.
   */
  recover: Query<{ acceptSequence: number }, LostWrites>;
  /**
   * Rebuilds index entries and customers' counts from the records, while the shop goes on. Writes only what is wrong.
   * Rejects as the store does.
   */
  repairIndexes(call: Call): Promise<Result<IndexRepair>>;
  /**
   * Drops what of the ledger is older than `Settings.ledgerRetentionMs`, once a whole audit was made; resolves with
   * whether anything went. The leading process does it by itself from `expiry.start()` on.
   */
  trimLedger(): Promise<boolean>;
  stats(): HoldfastStats;
  /** Stops expiry and lets what is in flight finish. The store stays open: it is the caller's. Idempotent. */
  close(): Promise<void>;
}

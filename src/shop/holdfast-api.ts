import type { BatcherStats } from '../actor/batcher-options.ts';
import type { AcceptedLoss, LossReport } from '../contract/outputs/recovery-outputs.ts';
import type { Store } from '../store/store.ts';
import type { BulkService } from './bulk/bulk-api.ts';
import type { CartService } from './cart/cart-api.ts';
import type { CustomerService } from './customer/customer-api.ts';
import type { ExpiryService } from './expiry/expiry-service.ts';
import type { HoldService, InventoryService } from './hold/hold-api.ts';
import type { Call, Query, Result } from '../contract/calls/call.ts';
import type { EventService } from './event/event-api.ts';
import type { KeyService } from './key/key-api.ts';
import type { LedgerFollower } from '../contract/outputs/ledger-outputs.ts';
import type { LedgerService } from './ledger/ledger-api.ts';
import type { LocationService } from './location/location-api.ts';
import type { CheckoutService, OrderService } from './order/order-api.ts';
import type { Settings } from '../contract/settings.ts';
import type { ShopRegistry } from './registry/registry-api.ts';
import type { ReservationService } from './reservation/reservation-api.ts';
import type { SessionService } from './session/session-api.ts';
import type { StockService } from './stock/stock-api.ts';
import type { TransferService } from './transfer/transfer-api.ts';
import type { LastAudit, RunningAudit } from '../contract/outputs/status-outputs.ts';
import type { Audit, IndexRepair } from '../contract/outputs/admin-outputs.ts';
import type { StockWatch } from './watch/stock-watch.ts';
import type { WebhookService } from './webhook/webhook-api.ts';
import type { EventClass } from '../contract/webhook-records.ts';

export interface HoldfastStats {
  batcher: BatcherStats;
  conflictsRetried: number;
  replays: number;
  holdsReclaimed: number;
  /** The holds that calls of this process have sold or released. */
  holdsSold: number;
  holdsReleased: number;
  /** The highest share of a SKU's units on hand in live holds, of SKUs whose availability was read lately. */
  heldShareMax: number;
  cartsExpired: number;
  ordersExpired: number;
  ordersForgotten: number;
  reservationsExpired: number;
  reservationsForgotten: number;
  linesExpired: number;
  expiryFailures: number;
  webhooksDelivered: number;
  webhooksFailed: number;
  webhooksDead: number;
  webhookEndpointsDisabled: number;
  /** The age of the oldest event that this process has not delivered yet, per class; 0 if it has delivered all. */
  webhooksOldestUndeliveredMs: Record<EventClass, number>;
  /** The last audit that this process has finished; null: none. */
  lastAudit: LastAudit | null;
  /** The progress of the audit that this process runs now; null: none. */
  runningAudit: RunningAudit | null;
  /** The readers for which the ledger is kept, as this process last read them. */
  ledgerFollowers: readonly LedgerFollower[];
  /** The time since the last read of the follower that has not read for the longest time; 0 without followers. */
  ledgerFollowerSilentMs: number;
  watchSubscribers: number;
  watchUpdatesSent: number;
}

export interface Holdfast {
  readonly store: Store;
  readonly settings: Settings;
  readonly sessions: SessionService;
  readonly stock: StockService;
  readonly locations: LocationService;
  readonly transfers: TransferService;
  readonly holds: HoldService;
  readonly carts: CartService;
  readonly checkout: CheckoutService;
  readonly orders: OrderService;
  readonly reservations: ReservationService;
  readonly customers: CustomerService;
  readonly inventory: InventoryService;
  readonly bulk: BulkService;
  readonly watch: StockWatch;
  readonly webhooks: WebhookService;
  readonly keys: KeyService;
  readonly events: EventService;
  readonly ledger: LedgerService;
  readonly shops: ShopRegistry;
  readonly expiry: ExpiryService;
  /**
   * Runs an audit that begins after the call. Its duration grows with the size of the shop. Rejects with `StoreError`
   * if the store fails.
   */
  audit(): Promise<Result<Audit>>;
  /**
   * Accepts that the store has lost the writes after a sequence, so that a frozen shop serves again. With `replay`, the
   * writes that processes still know are applied again first. Resolves with the loss and the restored writes. Refused
   * `recovery_mismatch` if the shop is not frozen, if its last sequence is another one, or if `replay` knows no lost
   * write.
   */
  recover: Query<{ acceptSequence: number; replay?: boolean }, AcceptedLoss>;
  /** Resolves with the loss that freezes the shop, as far as the processes know it. Rejects with `StoreError`. */
  loss(): Promise<Result<LossReport>>;
  /**
   * Rebuilds index entries and customers' counts from the records while the shop runs. Writes only entries that are
   * wrong. Rejects like the store.
   */
  repairIndexes(call: Call): Promise<Result<IndexRepair>>;
  /**
   * Drops ledger entries older than `Settings.ledgerRetentionMs` after a complete audit. Resolves with whether entries
   * were dropped. From `expiry.start()` on, the leading process does this itself.
   */
  trimLedger(): Promise<boolean>;
  stats(): HoldfastStats;
  /** Stops expiry and waits for running calls. Does not close the store, which belongs to the caller. Idempotent. */
  close(): Promise<void>;
}

import type { LaneStats } from '../actor/lane-options.ts';
import type { LostWrites, Store } from '../store/store.ts';
import type { BulkService } from './bulk/bulk-types.ts';
import type { WebhookService } from './webhook/webhook-types.ts';
import type {
  AdjustInput,
  ArchiveInput,
  AttachInput,
  BeginInput,
  Call,
  CancelInput,
  CartAddInput,
  CartMergeInput,
  CartRemoveInput,
  CartSetInput,
  ConfirmInput,
  CountInput,
  DefineInput,
  EndHoldInput,
  HistoryInput,
  HoldReleaseInput,
  HoldsListInput,
  LapseInput,
  Nothing,
  OrderGetInput,
  OrdersListInput,
  PageInput,
  PlaceInput,
  ReceiveInput,
  ReserveInput,
  ReturnInput,
} from './inputs.ts';
import type { Result } from './refusals.ts';
import type { Settings } from './settings.ts';
import type { StockWatch } from './watch/stock-watch.ts';
import type { EventClass } from './webhook/webhook-words.ts';
import type {
  Audit,
  Availability,
  Cart,
  CartAddition,
  CartMerge,
  Hold,
  IndexRepair,
  MovementPage,
  Order,
  Page,
  StockLevel,
} from './views.ts';

type Mutation<I, O> = (input: I, call: Call) => Promise<Result<O>>;
type Query<I, O> = (input: I) => Promise<Result<O>>;
/** A query whose answer depends on the caller. */
type OwnQuery<I, O> = (input: I, call: Call) => Promise<Result<O>>;

export interface StockService {
  define: Mutation<DefineInput, StockLevel>;
  receive: Mutation<ReceiveInput, StockLevel>;
  adjust: Mutation<AdjustInput, StockLevel>;
  count: Mutation<CountInput, StockLevel>;
  /**
   * Takes a SKU out of lists, availability and exports until it changes again; its history and its level stay. Refused
   * `unknown_sku`, and `count_mismatch` while there are units on hand, which live holds and orders that await payment need.
   */
  archive: Mutation<ArchiveInput, StockLevel>;
  level: Query<{ sku: string }, StockLevel>;
  list: Query<PageInput, Page<StockLevel>>;
  history: Query<HistoryInput, MovementPage>;
  availability: Query<{ skus: readonly string[] }, Availability[]>;
}

export interface HoldService {
  list: Query<HoldsListInput, Page<Hold>>;
  release: Mutation<HoldReleaseInput, StockLevel>;
}

export interface CartService {
  get: OwnQuery<Nothing, Cart>;
  add: Mutation<CartAddInput, CartAddition>;
  setQuantity: Mutation<CartSetInput, Cart>;
  remove: Mutation<CartRemoveInput, Cart>;
  /** The wire's `cart.clear`: releases what is held. */
  empty: Mutation<Nothing, Cart>;
  /** Renews the deadline of every live line, each at most to the end of its hold's life. */
  extend: Mutation<Nothing, Cart>;
  /**
   * Moves the lines of another session's cart into the caller's. No unit becomes available to others on the way; what
   * does not fit is released, and told. Refused `invalid_input` for the caller's own cart and for another customer's.
   */
  merge: Mutation<CartMergeInput, CartMerge>;
  /** Releases the line's hold, exactly once, and deletes the line. Refused `hold_not_active` after a consume. */
  releaseAndDeleteLine(cartId: string, sku: string): Promise<Result<Cart>>;
  /** Deletes the line and never releases: a live hold becomes detached and ends by its deadline. */
  deleteLine(cartId: string, sku: string): Promise<Result<Cart>>;
  /** Deletes all lines, by default releasing their holds. Refused `hold_not_active` where one was consumed. */
  clear(cartId: string, options?: { releaseReservations?: boolean }): Promise<Result<Cart>>;
}

export interface CheckoutService {
  /** Sells the whole cart in one transaction. `call.idempotencyKey` is required. */
  place: Mutation<PlaceInput, Order>;
  /** The cart's holds become the order's, until its payment is due. `call.idempotencyKey` is required. */
  begin: Mutation<BeginInput, Order>;
  /** Names the payment session in which the buyer pays from now on; a failure of any other one changes nothing. */
  attachPayment: Mutation<AttachInput, Order>;
  /** The order is paid: in time it is sold; late it is sold if all of it is still there, else it is `refund_due`. */
  confirm: Mutation<ConfirmInput, Order>;
  /** The order is off: its holds are released, or go back to the cart. */
  cancel: Mutation<CancelInput, Order>;
  /**
   * The payment has failed: the order is `expired` before its time. Unlike a cancelled one it can still be paid late.
   * An order that does not wait for this payment stays as it is.
   */
  lapse: Mutation<LapseInput, Order>;
}

export interface OrderService {
  get: OwnQuery<OrderGetInput, Order>;
  list: Query<OrdersListInput, Page<Order>>;
  /** The orders of the caller's session and of its customer, newest first. */
  mine: OwnQuery<PageInput, Page<Order>>;
  /** Units come back, at most what was sold and has not come back yet. `call.idempotencyKey` is required. */
  return: Mutation<ReturnInput, Order>;
}

/** Holds of the library's own, outside any cart. */
export interface InventoryService {
  reserve: Mutation<ReserveInput, Hold>;
  release: Mutation<EndHoldInput, StockLevel>;
  consume: Mutation<EndHoldInput, StockLevel>;
}

export interface ExpiryService {
  start(): void;
  stop(): Promise<void>;
  /** Ends what is overdue and does all that follows from it; resolves when that is done. */
  sweepNow(): Promise<void>;
}

export interface HoldfastStats {
  lane: LaneStats;
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
   * Accepts that the store has lost the writes after a sequence, so that a frozen shop serves again; resolves with what was
   * lost. Refused `recovery_mismatch` where the shop is not frozen, or was left at another sequence.
   */
  recover: Query<{ acceptSequence: number }, LostWrites>;
  /**
   * Rebuilds index entries and customers' counts from the records, while the shop goes on. Writes only what is wrong. Rejects
   * as the store does.
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

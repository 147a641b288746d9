import { DAY_MS } from '../domain/limits.ts';
/** The shortest and the longest payment window. */
export const PAYMENT_WINDOW_MS_MIN = 1_000;
export const PAYMENT_WINDOW_MS_MAX = 3_600_000;

/** How much of the availability shoppers see: the number, the number up to `lowStockUnits`, or the status alone. */
export const SHOWN_STOCK = ['exact', 'capped', 'status'] as const;
export type ShownStock = (typeof SHOWN_STOCK)[number];

/** A bound of the orders that await their payment at a time, and one of the checkouts within 24 hours. */
export interface OrderBound {
  /** 1 to `OPEN_ORDERS_MAX`. */
  open: number;
  daily: number;
}

/** The most open orders that a bound may allow, because one document lists them. */
export const OPEN_ORDERS_MAX = 1_000;

export interface OrderBounds {
  /** Of one session, or of all sessions of one customer. */
  session: OrderBound;
  /** Of one network client. Does not apply where the client is unknown. */
  client: OrderBound;
}

/** When sold units leave the stock: when the order is dispatched, or at once. */
export const SELL_AT = ['dispatch', 'sale'] as const;
export type SellAt = (typeof SELL_AT)[number];

/** How the locations of a line's units are chosen. */
export const SOURCINGS = ['priority', 'fewest_parcels'] as const;
export type Sourcing = (typeof SOURCINGS)[number];

/** The settings of a shop. Durations are milliseconds. */
export interface Settings {
  /** When the units of new orders leave the stock. An order keeps the value that was in force at its sale. */
  sellAt: SellAt;
  /** How the locations of units are chosen for calls without `sourcing`. */
  sourcing: Sourcing;
  /** The lifetime of a hold from its last change, capped by `cartTtlMs` and `holdLifetimeMaxMs`. */
  holdTtlMs: number;
  /** No `extend` moves a hold's deadline further than this from its creation. */
  holdLifetimeMaxMs: number;
  cartTtlMs: number;
  /** The default payment window of `checkout.begin`: 1,000 to 3,600,000. */
  paymentWindowMs: number;
  /** The longest window that a shopper may choose: 1,000 to 3,600,000. Absent: `paymentWindowMs`. */
  paymentWindowMaxMs?: number | undefined;
  /** Units of one cart line. */
  lineQuantityMax: number;
  cartLinesMax: number;
  /**
   * A session or customer that reserves a SKU again within this time after its last hold continues the lifetime of that
   * hold. Once the lifetime is used up, it has to wait this long. 0: each hold has a lifetime of its own.
   */
  holdCooldownMs: number;
  /** The most units of a SKU that one session or customer may hold at once, if the SKU has no `holdUnitsMax`. */
  holdUnitsMaxSession?: number | undefined;
  /** The most units of a SKU that one client may hold at once: percent of the units on hand, but at least one unit. */
  holdShareMaxClient?: number | undefined;
  /** The availability of a SKU is `low` from this many units down to 1. */
  lowStockUnits: number;
  /** What the public availability and its updates show. Operators see exact numbers. */
  showStock: ShownStock;
  /** The maximum age of availability. 0 also disables the cache of prices. */
  cacheMs: number;
  /** How long an order is kept after its end: 1 to 400 days. */
  orderRetentionMs: number;
  /**
   * The same for an order that was never paid, because it was cancelled or has expired. It is capped by
   * `orderRetentionMs`.
   */
  unpaidOrderRetentionMs: number;
  /** How long an order keeps its contact after its end. An order that was never paid keeps it for a day at most. */
  contactRetentionMs: number;
  /** Bounds of the orders of shoppers. Absent: there are none. */
  orderBounds?: OrderBounds | undefined;
  /** The age at which ledger entries are dropped, independently of orders: 1 to 400 days. */
  ledgerRetentionMs: number;
  /** The longest life of an issued session. Revocations are kept for as long. */
  sessionTtlMs: number;
  /** A call without an exact answer within this time fails as unavailable. */
  callDeadlineMs: number;
}

export const DEFAULT_SETTINGS: Settings = {
  sellAt: 'dispatch',
  sourcing: 'priority',
  holdTtlMs: 900_000,
  holdLifetimeMaxMs: 7_200_000,
  cartTtlMs: 3_600_000,
  paymentWindowMs: 900_000,
  lineQuantityMax: 10_000,
  cartLinesMax: 100,
  holdCooldownMs: 0,
  holdShareMaxClient: 10,
  lowStockUnits: 5,
  showStock: 'exact',
  cacheMs: 250,
  orderRetentionMs: 365 * DAY_MS,
  unpaidOrderRetentionMs: DAY_MS,
  contactRetentionMs: 30 * DAY_MS,
  ledgerRetentionMs: 30 * DAY_MS,
  sessionTtlMs: 30 * DAY_MS,
  callDeadlineMs: 10_000,
};

/** Returns the lifetime of a cart's hold from its last change, capped by `cartTtlMs` and `holdLifetimeMaxMs`. */
export const cartHoldTtlMs = (settings: Settings): number =>
  Math.min(settings.holdTtlMs, settings.cartTtlMs, settings.holdLifetimeMaxMs);

/** Returns how long an order's holds are pinned from now, capped by `holdLifetimeMaxMs`. */
export const paymentWindowMs = (settings: Settings, requested?: number): number =>
  Math.min(requested ?? settings.paymentWindowMs, settings.holdLifetimeMaxMs);

/** Returns the longest payment window that a shopper may choose. */
export const paymentWindowMaxMs = ({ paymentWindowMaxMs: max, paymentWindowMs: preset }: Settings): number =>
  max ?? preset;

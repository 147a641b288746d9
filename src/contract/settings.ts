/** The shortest and the longest payment window. */
export const PAYMENT_WINDOW_MS_MIN = 1_000;
export const PAYMENT_WINDOW_MS_MAX = 3_600_000;

/** What a shop may choose. Durations are milliseconds. */
export interface Settings {
  /** A hold's time from its last change. The effective one is never longer than the cart's or the lifetime. */
  holdTtlMs: number;
  /** No `extend` moves a hold's deadline further than this from its creation. */
  holdLifetimeMaxMs: number;
  cartTtlMs: number;
  /** How long an order waits for its payment, where `checkout.begin` does not say: 1,000 to 3,600,000. */
  paymentWindowMs: number;
  /** The longest window that a shopper may choose: 1,000 to 3,600,000. Absent: `paymentWindowMs`. */
  paymentWindowMaxMs?: number | undefined;
  /** Units of one cart line. */
  lineQuantityMax: number;
  cartLinesMax: number;
  /** `availability` says `low` from this many units down to 1. */
  lowStockUnits: number;
  /** Availability is at most this old. With 0 the prices of SKUs are not remembered either. */
  cacheMs: number;
  /** Orders are dropped when they are this old; 1 to 400 days. */
  orderRetentionMs: number;
  /** Ledger entries are dropped when they are this old, whatever orders are kept; 1 to 400 days. */
  ledgerRetentionMs: number;
  /** A call that cannot be answered exactly within this time fails as unavailable. */
  callDeadlineMs: number;
}

export const DEFAULT_SETTINGS: Settings = {
  holdTtlMs: 900_000,
  holdLifetimeMaxMs: 7_200_000,
  cartTtlMs: 3_600_000,
  paymentWindowMs: 900_000,
  lineQuantityMax: 10_000,
  cartLinesMax: 100,
  lowStockUnits: 5,
  cacheMs: 250,
  orderRetentionMs: 365 * 86_400_000,
  ledgerRetentionMs: 30 * 86_400_000,
  callDeadlineMs: 10_000,
};

/** How long a hold of a cart lives from its last change: never longer than its cart, nor than any hold may. */
export const holdTtlMs = (settings: Settings): number =>
  Math.min(settings.holdTtlMs, settings.cartTtlMs, settings.holdLifetimeMaxMs);

/** How long an order's holds are pinned from now: never longer than a hold may live at all. */
export const paymentWindowMs = (settings: Settings, asked?: number): number =>
  Math.min(asked ?? settings.paymentWindowMs, settings.holdLifetimeMaxMs);

/** The longest payment window that a shopper may choose. */
export const paymentWindowMaxMs = ({ paymentWindowMaxMs: max, paymentWindowMs: preset }: Settings): number =>
  max ?? preset;

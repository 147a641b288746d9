import type { HoldState, Money, MovementKind, OrderList, Span } from '../domain/records.ts';
import type { SettingName, SkuSettings } from '../domain/sku-settings.ts';

/** What callers see. Times are epoch milliseconds of the store's clock; quantities are whole units. */

export type { Money, MovementKind, Span };

/** A setting that is null is left out. */
export type ShownSettings = {
  [S in SettingName as null extends SkuSettings[S] ? S : never]?: NonNullable<SkuSettings[S]>;
} & { [S in SettingName as null extends SkuSettings[S] ? never : S]: SkuSettings[S] };

export interface StockLevel extends ShownSettings {
  sku: string;
  onHand: number;
  /** Units in live holds. */
  reserved: number;
  /** max(0, onHand - reserved - safetyStock). */
  available: number;
  version: number;
  updatedAt: number;
}

/** `low`: there are some, but no more than `Settings.lowStockUnits`. `unknown`: the shop has no such SKU. */
export type AvailabilityStatus = 'in_stock' | 'low' | 'out_of_stock' | 'unknown';

export interface Availability {
  sku: string;
  available: number;
  status: AvailabilityStatus;
}

export interface CartLine {
  sku: string;
  quantity: number;
  /** The SKU's price when units were last added to the line; it counts for all of them. */
  unitPrice?: Money;
  /** The price changed between the line's first units and its last ones. */
  repriced?: true;
  holdId: string;
  expiresAt: number;
}

/** A line that ended without its shopper's doing, at `at`. */
export interface LostLine {
  sku: string;
  quantity: number;
  at: number;
}

export interface Cart {
  cartId: string;
  /** The sequence of the cart's last change, 0 while there is no cart. */
  version: number;
  serverTime: number;
  expiresAt: number;
  /** Null when there are no lines, a line has no price, or prices are in several currencies. */
  total: Money | null;
  expired: LostLine[];
  lines: CartLine[];
}

export type CartAddition = Cart & { granted: number };

/**
 * Why a line of a merged cart has fewer units than both carts had together: its hold had ended before the merge; the cart
 * would have too many lines; the line too many units; the customer more than their limit; or, where the safety stock was
 * raised meanwhile, the shop too few.
 */
export type MergeReason = 'expired' | 'cart_full' | 'line_maximum' | 'limit' | 'stock';

/** Of `from` units that both carts had of the SKU, the merged cart has `to`. Several of one SKU follow each other. */
export interface MergeChange {
  sku: string;
  from: number;
  to: number;
  reason: MergeReason;
}

export interface CartMerge {
  cart: Cart;
  /** What was lost on the way; all else was added up. */
  changes: MergeChange[];
}

export type OrderStatus = OrderList;

/** How to reach the buyer. Kept with the order; shown to its owner and to the operator only. */
export interface Contact {
  name?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
}

export interface OrderLine {
  sku: string;
  quantity: number;
  returned: number;
  unitPrice?: Money;
  /** As in the cart that the order was made of. */
  repriced?: true;
}

export interface Order {
  orderId: string;
  status: OrderStatus;
  createdAt: number;
  /** While it awaits its payment: from then on it is `expired`. */
  payBefore?: number;
  paymentReference?: string;
  contact?: Contact;
  /** Units that a cancellation with `restoreCart` could not give back to the cart: they were released. */
  notRestored?: { sku: string; quantity: number }[];
  total: Money | null;
  lines: OrderLine[];
}

export interface Hold {
  holdId: string;
  sku: string;
  quantity: number;
  state: HoldState;
  expiresAt: number;
  createdAt: number;
  /** `cart:<id>`, `order:<id>` or `detached:<reference>`. */
  owner: string;
  version: number;
}

export interface Movement {
  movementId: string;
  at: number;
  sku: string;
  kind: MovementKind;
  quantity: number;
  onHand: Span;
  reserved: Span;
  holdId?: string;
  orderId?: string;
  cause: { by: string; reason?: string; reference?: string };
}

export interface Page<T> {
  items: T[];
  /** Opaque; absent on the last page. */
  nextCursor?: string;
}

export interface MovementPage {
  movements: Movement[];
  nextCursor?: string;
}

export interface Violation {
  rule: string;
  sku?: string;
  holdId?: string;
  found: string;
  expected: string;
}

/** What a repair of the indexes has changed. */
export interface IndexRepair {
  /** Entries and counts that did not follow from the records, and do now. */
  mended: number;
  rules: { rule: string; count: number }[];
  /** The first 1,000 of them. */
  entries: Violation[];
}

/** Units summed over a whole shop: a number up to 2^53 - 1, beyond that the decimal digits as a string, never rounded. */
export type UnitTotal = number | string;

/** What the ledger adds up to, since the shop began. */
export interface LedgerTotals {
  received: UnitTotal;
  sold: UnitTotal;
  returned: UnitTotal;
}

export interface Audit {
  ok: boolean;
  checkedAt: number;
  skus: number;
  liveHolds: number;
  totals: { onHand: UnitTotal; reserved: UnitTotal; available: UnitTotal } & LedgerTotals;
  /** At most `AUDIT_VIOLATIONS_MAX`; the shop is unsound whatever follows. */
  violations: Violation[];
}

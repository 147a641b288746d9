import type { Money } from './money.ts';
import type { DocumentList } from './records.ts';
import type { SettingsChange } from './sku-settings.ts';

/**
 * The steps of a transaction. Durations are milliseconds from the store's now. Wherever a step names a hold, `owner`,
 * if given, must be the hold's present owner, else the step is refused with `conflict`: a stale request cannot change a
 * hold that has moved on to an order. `quantity`, if given, must be the hold's present quantity, likewise.
 */
export type Step =
  | ConfigureStep
  | AdjustStep
  | CountStep
  | ReserveStep
  | ResizeStep
  | ExtendStep
  | PinStep
  | TransferStep
  | ReleaseStep
  | ConsumeStep
  | ReturnStep
  | PutStep
  | DropStep;

/** Creates the SKU or changes what is given; `null` clears, absent leaves. Refuses nothing. */
export interface ConfigureStep extends SettingsChange {
  kind: 'configure';
  sku: string;
}

/** On hand += delta. Refused: `unknown_sku`, `below_reserved`, `stock_overflow`. */
export interface AdjustStep {
  kind: 'adjust';
  sku: string;
  /** Not 0. */
  delta: number;
  as: 'received' | 'adjusted';
}

/** On hand := onHand. Refused: `unknown_sku`, `count_mismatch`, `below_reserved`. */
export interface CountStep {
  kind: 'count';
  sku: string;
  onHand: number;
  expectedOnHand?: number;
}

/**
 * A new hold of as many units as there are from `min` to `want`.
 * Refused: `unknown_sku`, `conflict` (another price), `hold_exists`, `insufficient_stock`, `limit_exceeded`.
 */
export interface ReserveStep {
  kind: 'reserve';
  holdId: string;
  sku: string;
  /** 1 to `want`. */
  min: number;
  want: number;
  ttlMs: number;
  owner: string;
  customer: string;
  /** The price that the SKU has to have: null for no price. If absent, the price does not matter. */
  unitPrice?: Money | null;
}

/**
 * Changes a live hold's quantity: `to` sets it (1 or more), `by` adds from `min` to `want` units (1 or more).
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`, `quantity_limit`, `insufficient_stock`, `limit_exceeded`.
 */
export interface ResizeStep {
  kind: 'resize';
  holdId: string;
  owner?: string;
  quantity?: number;
  change: { to: number } | { by: { min: number; want: number } };
  /** The hold's quantity afterwards is at most this; with `by`, `want` is not clamped to it but refused. */
  quantityMax: number;
  /** The price that the SKU has to have: null for no price. If absent, the price does not matter. */
  unitPrice?: Money | null;
}

/**
 * Moves the deadline to now + ttlMs, at most creation + lifetimeMs; never earlier than it was.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`.
 */
export interface ExtendStep {
  kind: 'extend';
  holdId: string;
  owner?: string;
  ttlMs: number;
  lifetimeMs: number;
}

/**
 * Payment is under way: the hold's deadline becomes now + windowMs and it goes to `toOwner` (an order).
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`.
 */
export interface PinStep {
  kind: 'pin';
  holdId: string;
  owner?: string;
  quantity?: number;
  /** Whether the units have to count for the hold's customer. If absent, it does not matter. */
  counted?: boolean;
  windowMs: number;
  toOwner: string;
}

/**
 * Another owner, and customer where given; a pinned hold becomes held again and `ttlMs`, if given, sets its deadline,
 * at most creation + lifetimeMs. Creation time stays.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`, `limit_exceeded` (another customer's).
 */
export interface TransferStep {
  kind: 'transfer';
  holdId: string;
  owner?: string;
  quantity?: number;
  toOwner: string;
  toCustomer?: string;
  ttlMs?: number;
  lifetimeMs?: number;
}

/**
 * Ends a hold; its units are available again. Refused: `unknown_hold`, `hold_not_active` (an expired one is fine with
 * `expiredIsFine`; a consumed or released one never is), `conflict`.
 */
export interface ReleaseStep {
  kind: 'release';
  holdId: string;
  owner?: string;
  quantity?: number;
  expiredIsFine?: boolean;
}

/** Ends a hold; its units are sold. Refused: `unknown_hold`, `hold_not_active`, `conflict`. */
export interface ConsumeStep {
  kind: 'consume';
  holdId: string;
  owner?: string;
  quantity?: number;
  /** Whether the units have to count for the hold's customer. If absent, it does not matter. */
  counted?: boolean;
}

/**
 * Sold units come back, on hand again with `restock`; they count no more for `customer`.
 * Refused: `unknown_sku`, `return_exceeds_sold`, `stock_overflow`.
 */
export interface ReturnStep {
  kind: 'return';
  sku: string;
  quantity: number;
  restock: boolean;
  customer?: string;
}

/** The version that a document has to have: a number, `'absent'`, `'present'` (whichever), or `'any'`. */
export type ExpectedVersion = number | 'absent' | 'present' | 'any';

/** Writes a document. Without `body` the body and the version stay, and only `dueInMs` counts. Refused: `conflict`. */
export interface PutStep {
  kind: 'put';
  key: string;
  expect: ExpectedVersion;
  body?: string;
  /** The holds that the document refers to; absent means none. Ignored without `body`. */
  holds?: readonly string[];
  /** When the document is due, from now; null means never; absent leaves it as it is (never, for a new one). */
  dueInMs?: number | null;
  /** The list that the document stands in afterwards; absent means none. Ignored without `body`. */
  list?: DocumentList;
}

/** Deletes a document. `forget` lowers customers' counts of sold units (never below 0). Refused: `conflict`. */
export interface DropStep {
  kind: 'drop';
  key: string;
  expect: ExpectedVersion;
  forget?: readonly { sku: string; customer: string; quantity: number }[];
}

export type StepKind = Step['kind'];

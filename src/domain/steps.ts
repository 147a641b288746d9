import type { Money } from './money.ts';
import type { DocumentList } from './records.ts';
import type { SettingsChange } from './sku-settings.ts';

/**
 * The steps of a transaction. Durations are milliseconds from the store's current time. If a step that names a hold has
 * `owner`, the hold's current owner must be equal, else the step is refused with `conflict`. So a stale request cannot
 * change a hold that was transferred to an order. The same holds for `quantity`.
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
  | CommitStep
  | FulfilStep
  | ReturnStep
  | FillStep
  | PutStep
  | DropStep;

/**
 * Creates the SKU or changes its settings. `null` clears a setting; an absent one is unchanged. Refused: `conflict`,
 * `kit_in_use` (other components, while the SKU has units or has sold some).
 */
export interface ConfigureStep extends SettingsChange {
  kind: 'configure';
  sku: string;
  /** The settings that the SKU must have; `'absent'`: it must not exist. If omitted, any settings are accepted. */
  expect?: SettingsChange | 'absent';
  /** Whether the step only checks `expect`, and creates and changes nothing. */
  checkOnly?: boolean;
}

/**
 * Adds `delta` to the units on hand. Refused: `unknown_sku`, `kit_stock` (a kit has no units of its own), `conflict`
 * (other backordered units), `below_reserved`, `stock_overflow`.
 */
export interface AdjustStep {
  kind: 'adjust';
  sku: string;
  /** Not 0. */
  delta: number;
  as: 'received' | 'adjusted';
  /** The backordered units that the SKU must have. If absent, any number is accepted. */
  backordered?: number;
}

/**
 * Sets the units on hand. Refused: `unknown_sku`, `conflict` (other backordered units), `count_mismatch`, `kit_stock`
 * (another number of assembled kits), `below_reserved`.
 */
export interface CountStep {
  kind: 'count';
  sku: string;
  onHand: number;
  expectedOnHand?: number;
  /** The backordered units that the SKU must have. If absent, any number is accepted. */
  backordered?: number;
}

/**
 * Caps on the units of a SKU that one holder has in live holds. A step without caps is also exempt from the caps of the
 * SKU.
 */
export interface HoldCaps {
  /** The most units of the hold's customer, unless the SKU has its own `holdUnitsMax`. */
  unitsMax?: number;
  /** The most units of the hold's client, in percent of the units on hand and the backorder limit, but at least one. */
  clientPercent?: number;
  /** Units that still count toward the client's cap although the client no longer holds them. Default: 0. */
  clientResting?: number;
  /** Units on hand at the SKU's other locations, which `clientPercent` includes. Default: 0. */
  onHandElsewhere?: number;
  /** Units of the same cart at the SKU's other locations, which the counts do not include for an anonymous customer. */
  heldElsewhere?: number;
  /** The holder may reserve a SKU that is `protected`. It matters only for a new hold. */
  admitted?: boolean;
}

/**
 * Creates a hold of as many units as are available, from `min` to `want`. Units on hand that no earlier backorder waits
 * for are reserved first. The others are backordered, if the SKU allows backorders. A hold of a kit has a part hold of
 * each component, which follows it in every step. No other step than `fill` can name a part hold. Refused:
 * `unknown_sku`, `conflict` (another price, or `until` has passed), `hold_exists`, `customer_required`,
 * `admission_required`, `insufficient_stock`, `limit_exceeded`, `hold_cap`.
 */
export interface ReserveStep {
  kind: 'reserve';
  holdId: string;
  sku: string;
  /** 1 to `want`. */
  min: number;
  want: number;
  /** Null: the hold has no deadline. */
  ttlMs: number | null;
  /** The deadline, instead of `ttlMs` from now: a time of the store. */
  until?: number;
  owner: string;
  customer: string;
  /** The client that takes the units, if it is known. */
  client?: string;
  caps?: HoldCaps;
  /** No unit may be backordered. */
  onHandOnly?: true;
  /** The age of the hold at its creation, which shortens its lifetime. Default: 0. */
  ageMs?: number;
  /** The price that the SKU must have; null: it must have none. If absent, any price is accepted. */
  unitPrice?: Money | null;
}

/**
 * Changes the quantity of a live hold, which may be committed. `to` sets it (1 or more); `by` adds from `min` to `want`
 * units (1 or more). Added units are backordered as those of a new hold; backordered units are removed first.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`, `quantity_limit`; `customer_required`, `insufficient_stock`,
 * `limit_exceeded`, `hold_cap` for more units.
 */
export interface ResizeStep {
  kind: 'resize';
  holdId: string;
  owner?: string;
  quantity?: number;
  change: { to: number } | { by: { min: number; want: number } };
  /** The highest quantity of the hold afterward. With `by`, a `want` above it is refused and not reduced. */
  quantityMax: number;
  caps?: HoldCaps;
  onHandOnly?: true;
  /** The price that the SKU must have; null: it must have none. If absent, any price is accepted. */
  unitPrice?: Money | null;
}

/**
 * Moves the deadline to now + `ttlMs` (null: none), at most creation + `lifetimeMs`, but never to an earlier time.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`.
 */
export interface ExtendStep {
  kind: 'extend';
  holdId: string;
  owner?: string;
  ttlMs: number | null;
  /** Absent: unbounded. */
  lifetimeMs?: number;
}

/**
 * Pins a hold while its payment is under way. Its deadline becomes now + `windowMs`, its owner `toOwner` (an order).
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`.
 */
export interface PinStep {
  kind: 'pin';
  holdId: string;
  owner?: string;
  quantity?: number;
  /** Whether the units must count toward the customer's limit. If absent, both are accepted. */
  counted?: boolean;
  windowMs: number;
  toOwner: string;
}

/**
 * Changes the owner of a live hold, and its customer if given. A pinned hold becomes held again. `ttlMs`, if given,
 * sets the deadline, at most creation + `lifetimeMs`. The creation time is unchanged. A committed hold stays committed.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`, `limit_exceeded` and `hold_cap` (of another customer).
 */
export interface TransferStep {
  kind: 'transfer';
  holdId: string;
  owner?: string;
  quantity?: number;
  toOwner: string;
  toCustomer?: string;
  caps?: HoldCaps;
  ttlMs?: number;
  lifetimeMs?: number;
}

/**
 * Ends a hold and makes its units available again. Refused: `unknown_hold`, `hold_not_active` (with `expiredIsFine`,
 * not for an expired hold; with `committed`, not for a committed one), `conflict`.
 */
export interface ReleaseStep {
  kind: 'release';
  holdId: string;
  owner?: string;
  quantity?: number;
  expiredIsFine?: boolean;
  /** The hold may be committed: its sale is undone. */
  committed?: boolean;
}

/**
 * Ends a hold and sells its units, which leave at once. Refused: `unknown_hold`, `hold_not_active`, `conflict`,
 * `insufficient_stock` (some of them are backordered).
 */
export interface ConsumeStep {
  kind: 'consume';
  holdId: string;
  owner?: string;
  quantity?: number;
  /** Whether the units must count toward the customer's limit. If absent, both are accepted. */
  counted?: boolean;
}

/**
 * Sells the units of a hold, which stay on hand until they are dispatched. The hold has no deadline any more.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict`.
 */
export interface CommitStep {
  kind: 'commit';
  holdId: string;
  owner?: string;
  quantity?: number;
  /** Whether the units must count toward the customer's limit. If absent, both are accepted. */
  counted?: boolean;
  /** The owner of the hold afterward. Absent: unchanged. */
  toOwner?: string;
}

/**
 * Dispatches units of a committed hold: they leave the stock. The hold ends with its last unit.
 * Refused: `unknown_hold`, `hold_not_active` (it has ended), `conflict`, `hold_not_active` (it is not committed),
 * `quantity_limit` (more units than the hold has), `insufficient_stock` (some of them are backordered).
 */
export interface FulfilStep {
  kind: 'fulfil';
  holdId: string;
  owner?: string;
  quantity?: number;
  /** 1 or more. */
  units: number;
}

/**
 * Returns sold units. With `restock` they are on hand again. They no longer count toward the limit of `customer`.
 * Units that are still committed cannot be returned. Refused: `unknown_sku`, `conflict` (other backordered units),
 * `return_exceeds_sold`, `stock_overflow`.
 */
export interface ReturnStep {
  kind: 'return';
  sku: string;
  quantity: number;
  restock: boolean;
  customer?: string;
  /** The backordered units that the SKU must have, its components included. If absent, any number is accepted. */
  backordered?: number;
}

/**
 * Assigns units on hand to the backordered units of a live hold, which may be committed or the part hold of a kit.
 * Refused: `unknown_hold`, `hold_not_active`, `conflict` (the hold has other backordered units, or the SKU has too few
 * units for it on hand).
 */
export interface FillStep {
  kind: 'fill';
  holdId: string;
  /** The backordered units that the hold must have. */
  backordered: number;
  /** 1 to `backordered`. */
  units: number;
}

/** The expected version of a document: a number, `'absent'`, `'present'` (any version), or `'any'` (no expectation). */
export type ExpectedVersion = number | 'absent' | 'present' | 'any';

/** Writes a document. Without `body` only `dueInMs` applies, and the version is unchanged. Refused: `conflict`. */
export interface PutStep {
  kind: 'put';
  key: string;
  expect: ExpectedVersion;
  body?: string;
  /** The holds that the document refers to. Default: none. Ignored without `body`. */
  holds?: readonly string[];
  /** When the document is due, from now. Null: never. Absent: unchanged (never, for a new document). */
  dueInMs?: number | null;
  /** The list that the document is in afterward. Default: none. Ignored without `body`. */
  list?: DocumentList;
}

/** Deletes a document. `forget` lowers the customers' counts of sold units, never below 0. Refused: `conflict`. */
export interface DropStep {
  kind: 'drop';
  key: string;
  expect: ExpectedVersion;
  forget?: readonly SoldUnits[];
}

/** Units that a customer has bought. */
export interface SoldUnits {
  sku: string;
  customer: string;
  quantity: number;
}

export type StepKind = Step['kind'];

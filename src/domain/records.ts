import { MOVEMENT_KINDS, type MovementKind } from './movement-kinds.ts';
import { ORDER_STATUSES, type OrderStatus } from './order-states.ts';
import type { SkuSettings } from './sku-settings.ts';

/**
 * The records of the store. Times are epoch milliseconds of the store's clock. Quantities are whole units. `version` is
 * the sequence of the record's last change.
 */

export type { Money } from './money.ts';

export interface StockRecord extends SkuSettings {
  sku: string;
  onHand: number;
  /** Units in holds that are held or pinned. */
  reserved: number;
  /** Units that were sold and not dispatched yet. */
  committed: number;
  /**
   * Reserved and committed units that are not on hand yet: the sum over the SKU's live holds. All other reserved and
   * committed units are on hand: `reserved + committed - backordered <= onHand`.
   */
  backordered: number;
  /** Units that were sold and not returned, since the SKU was created. Never less than `committed`. */
  sold: number;
  version: number;
  updatedAt: number;
  /** The SKU's newest movement, which is the head of its history. */
  lastMovement: MovementId | null;
}

export const LIVE_STATES = ['held', 'pinned', 'committed'] as const;
export const ENDED_STATES = ['consumed', 'released', 'expired'] as const;
export type LiveState = (typeof LIVE_STATES)[number];
export type EndedState = (typeof ENDED_STATES)[number];
export type HoldState = LiveState | EndedState;

export interface HoldRecord {
  holdId: string;
  sku: string;
  quantity: number;
  state: HoldState;
  /** The hold is overdue when `expiresAt <= now`. `NEVER_AT`: it has no deadline, like every committed hold. */
  expiresAt: number;
  createdAt: number;
  /** `cart:<id>`, `order:<id>`, `reservation:<id>` or `detached:<reference>`. */
  owner: string;
  /** The customer whose limit the units count toward. */
  customer: string;
  /**
   * Whether the customer's count includes the units. It always does for a named customer. For others it does from the
   * first change on at which the SKU has a limit.
   */
  counted: boolean;
  /** The client that reserved the units; null if it was not known. */
  client: string | null;
  /** Whether the counts of held units, of the customer and of the client, include the units. */
  capped: boolean;
  /** Units of `quantity` that are not on hand yet. 0 in a hold that has ended. */
  backordered: number;
  version: number;
  /** When the hold ended; null while it is live. */
  endedAt: number | null;
}

/**
 * The lists that a document can be in. Each is ordered by the document's key. `by_owner` lists the orders of each
 * owner, and `events` the actions of operators. `reservations` and `transfers` list those that have not ended. The
 * ledger has entries only for the lists of orders.
 */
export const DOCUMENT_LISTS = [
  ...ORDER_STATUSES,
  'by_owner',
  'events',
  'reservations',
  'reservations_ended',
  'transfers',
  'transfers_ended',
] as const;
export type DocumentList = (typeof DOCUMENT_LISTS)[number];

/** A cart, an order, a reservation or a cursor. The body is opaque to the machine and to the store. */
export interface DocumentRecord {
  key: string;
  body: string;
  /** The holds that the document refers to, in the document's own order. A `read` returns them with it. */
  holds: readonly string[];
  /** When the document is due to be processed; null for never. */
  dueAt: number | null;
  list: DocumentList | null;
  version: number;
}

/** The record of an applied transaction, which prevents it from being applied twice. */
export interface RequestRecord {
  fingerprint: string;
  sequence: number;
  at: number;
  /** The caller's pointer to the effect, for example an order id. */
  reference: string | null;
  /** Units granted by each `reserve` and `resize` step, in the order of the steps. */
  granted: readonly number[];
}

/** `<sequence>-<index in the transaction>`. Movements happened in the order of these two numbers. */
export type MovementId = string;

export { MOVEMENT_KINDS, type MovementKind };

export interface Cause {
  /** The originator: `operator`, `expiry`, or the hash of a session or customer. */
  by: string;
  reason?: string;
  reference?: string;
  orderId?: string;
  /** The `X-Request-ID` of the call. Absent if no call caused the change, for example for an expiry. */
  requestId?: string;
  /** The span of the call, as W3C's `traceparent`, so that later work can be a part of the same trace. */
  traceparent?: string;
}

export interface Span {
  before: number;
  after: number;
}

/** A change of stock or of a hold in the ledger. */
export interface Movement {
  id: MovementId;
  at: number;
  sku: string;
  kind: MovementKind;
  /**
   * Units. A signed change for `adjusted`, `counted`, `resized`, `recommitted` and `assembled`; positive for all
   * others.
   */
  quantity: number;
  onHand: Span;
  reserved: Span;
  committed: Span;
  backordered: Span;
  holdId: string | null;
  /** The owner of the hold after the step; for returned units of a kit, their `kitOwner`. */
  owner: string | null;
  cause: Cause;
  /** The previous movement of the SKU. */
  previous: MovementId | null;
}

/** A document that entered or left a list (for example, an order was placed or has expired). */
export interface DocumentEvent {
  id: MovementId;
  at: number;
  kind: 'document';
  key: string;
  list: OrderStatus | null;
  cause: Cause;
}

export type LedgerEntry = Movement | DocumentEvent;

import { MOVEMENT_KINDS, type MovementKind } from './movement-kinds.ts';
import { ORDER_LISTS, type OrderList } from './order-states.ts';
import type { SkuSettings } from './sku-settings.ts';

/**
 * What the store keeps. Times are epoch milliseconds of the store's clock; quantities are whole units; `version` is
 * the sequence of the record's last change.
 */

export type { Money } from './money.ts';

export interface StockRecord extends SkuSettings {
  sku: string;
  onHand: number;
  /** Units in live holds; never more than `onHand`. */
  reserved: number;
  /** Units consumed and not returned since the SKU exists. */
  sold: number;
  version: number;
  updatedAt: number;
  /** The SKU's newest movement: the head of its history. */
  lastMovement: MovementId | null;
}

export const LIVE_STATES = ['held', 'pinned'] as const;
export const ENDED_STATES = ['consumed', 'released', 'expired'] as const;
export type LiveState = (typeof LIVE_STATES)[number];
export type EndedState = (typeof ENDED_STATES)[number];
export type HoldState = LiveState | EndedState;

export interface HoldRecord {
  holdId: string;
  sku: string;
  quantity: number;
  state: HoldState;
  /** The hold is overdue from this instant on: `expiresAt <= now`. */
  expiresAt: number;
  createdAt: number;
  /** `cart:<id>`, `order:<id>` or `detached:<reference>`. */
  owner: string;
  /** Whom the units count for, where the SKU has a limit for each customer. */
  customer: string;
  /** Whether the units are in the customer's count: a known customer's always, others' from the first change under a limit on. */
  counted: boolean;
  version: number;
  /** When the hold ended; null while it is live. */
  endedAt: number | null;
}

export { ORDER_LISTS, type OrderList };

/**
 * The lists that a document can stand in; each is ordered by the document's key. `by_owner` lists whose an order is, and the
 * ledger has no entries for it.
 */
export const DOCUMENT_LISTS = [...ORDER_LISTS, 'by_owner'] as const;
export type DocumentList = (typeof DOCUMENT_LISTS)[number];

/** A cart, an order or a cursor. The body is opaque to the machine and to the store. */
export interface DocumentRecord {
  key: string;
  body: string;
  /** The holds that the document refers to, in the document's own order. A `read` returns them with it. */
  holds: readonly string[];
  /** When somebody has to look at the document, or null for never. */
  dueAt: number | null;
  list: DocumentList | null;
  version: number;
}

/** What is kept of an applied transaction so that it never applies twice. */
export interface RequestRecord {
  fingerprint: string;
  sequence: number;
  at: number;
  /** The caller's own pointer to the effect, an order id for instance. */
  reference: string | null;
  /** Units granted by each `reserve` and `resize` step, in the order of the steps. */
  granted: readonly number[];
}

/** `<sequence>-<index in the transaction>`, which is the order in which movements happened. */
export type MovementId = string;

export { MOVEMENT_KINDS, type MovementKind };

export interface Cause {
  /** Who: `operator`, `expiry`, or a session's or customer's hash. */
  by: string;
  reason?: string;
  reference?: string;
  orderId?: string;
}

export interface Span {
  before: number;
  after: number;
}

/** One line of the ledger. */
export interface Movement {
  id: MovementId;
  at: number;
  sku: string;
  kind: MovementKind;
  /** Units: signed for `adjusted`, `counted` and `resized` (the change), positive for all others. */
  quantity: number;
  onHand: Span;
  reserved: Span;
  holdId: string | null;
  /** The hold's owner after the step. */
  owner: string | null;
  cause: Cause;
  /** The SKU's movement before this one. */
  previous: MovementId | null;
}

/** A document entered or left a list (an order was placed, expired, ...). */
export interface DocumentEvent {
  id: MovementId;
  at: number;
  kind: 'document';
  key: string;
  list: OrderList | null;
  cause: Cause;
}

export type LedgerEntry = Movement | DocumentEvent;

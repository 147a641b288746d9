import type { Order } from './order-outputs.ts';
import type { OrderStatus } from '../output-fields.ts';
import type { ShownMovement } from './stock-outputs.ts';

/** The most entries of one answer of `ledger.read`. */
export const LEDGER_ENTRIES_MAX = 1_000_000;

/** A line of the ledger as `ledger.read` sends it. The last line of a complete answer is `end`. */
export type LedgerLine = MovementLine | OrderStatusLine | LedgerOrder | GapLine | EndLine;

export interface MovementLine extends ShownMovement {
  type: 'movement';
  /** The place of the entry in the ledger: `<sequence>-<index>`. */
  position: string;
}

/** An order was created, or has another status. */
export interface OrderStatusLine {
  type: 'orderStatus';
  position: string;
  at: number;
  orderId: string;
  /** Null: the shop does not keep the order any more. */
  status: OrderStatus | null;
  cause: ShownMovement['cause'];
}

/** An order of the entries before this line, as it is now, without its contact. */
export interface LedgerOrder {
  type: 'order';
  /** Grows with each change of the order. Of two lines of an order, the one with the higher version is newer. */
  version: number;
  order: Omit<Order, 'contact'>;
}

/** Entries up to `through` were trimmed, so that some of those that were requested are missing. */
export interface GapLine {
  type: 'gap';
  through: string;
}

export interface EndLine {
  type: 'end';
  /** The `after` of the next request; null while the ledger has no entries. */
  after: string | null;
  /** Whether there may be more entries, because the answer ended at its limit. */
  more: boolean;
}

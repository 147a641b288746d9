import type { Settings } from '../../../contract/settings.ts';
import type { OrderBody } from './order-document.ts';
import { endedOrder } from './order-retention.ts';
import type { SoldLine } from './sold-line.ts';

/** An order that is placed now: its body, its holds and when it is due. */
export interface PlacedOrder {
  body: OrderBody;
  holds: readonly string[];
  dueInMs: number | null;
}

/**
 * Returns an order of sold lines. With `SELL_AT=dispatch` it keeps its holds, and is not due before all its units have
 * left the stock or were cancelled.
 */
export function placedOrder(body: OrderBody, sold: readonly SoldLine[], settings: Settings): PlacedOrder {
  const ordered = { ...body, lines: sold.map(({ line }) => line) };
  if (settings.sellAt === 'sale') return { ...endedOrder(ordered, 'placed', settings), holds: [] };
  return { body: ordered, holds: sold.map(({ holdId }) => holdId), dueInMs: null };
}

import type { Order } from '../../../../src/client/client.ts';
import type { Reservation } from './order-status.tsx';

/** A line of an order or a reservation, with the units that an action may still be about. */
export interface BoundedLine {
  sku: string;
  max: number;
}

const SOLD: ReadonlySet<Order['status']> = new Set(['placed', 'partially_fulfilled', 'fulfilled']);
const OPEN: ReadonlySet<Order['status']> = new Set(['placed', 'partially_fulfilled']);

const withUnits = (lines: BoundedLine[]): BoundedLine[] => lines.filter(({ max }) => max > 0);

/** Units that were sold and have not left the stock. Where all left it at the sale, lines have no `fulfilled`. */
export const openUnits = ({ status, lines }: Order): BoundedLine[] =>
  OPEN.has(status)
    ? withUnits(lines.map(({ sku, quantity, fulfilled = quantity }) => ({ sku, max: quantity - fulfilled })))
    : [];

/** Units that have left the stock and have not come back. */
export const returnableUnits = ({ status, lines }: Order): BoundedLine[] =>
  SOLD.has(status)
    ? withUnits(lines.map(({ sku, quantity, fulfilled = quantity, returned }) => ({ sku, max: fulfilled - returned })))
    : [];

/** Units of a reservation that were neither dispatched nor released. */
export const reservedUnits = ({ lines }: Reservation): BoundedLine[] =>
  withUnits(lines.map(({ sku, quantity, fulfilled, released }) => ({ sku, max: quantity - fulfilled - released })));

export const sumOf = (quantities: readonly number[]): number => quantities.reduce((sum, each) => sum + each, 0);

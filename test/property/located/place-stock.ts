import {
  DONE,
  fill,
  freeAt,
  type PlaceAnswer,
  type PlaceShop,
  type PlaceTransfer,
  promisedAt,
  refuse,
  short,
  stockAt,
  stockFor,
  sumOf,
} from './place-shop.ts';

/** Units that arrive at locations, leave them, and move between them. */

interface At {
  sku: string;
  place: string;
}

/** Returns the fewest units on hand that the holds of a location allow. */
const boundOf = (shop: PlaceShop, { sku, place }: At): number =>
  sumOf(promisedAt(shop, sku, place), ({ units, awaited }) => units - awaited);

/** Receives units, or adjusts them. Added units fill backorders. */
export function addUnits(shop: PlaceShop, at: At, delta: number): PlaceAnswer {
  const before = stockAt(shop, at.sku, at.place)?.onHand ?? 0;
  if (before + delta < boundOf(shop, at)) return refuse('below_reserved');
  stockFor(shop, at.sku, at.place).onHand += delta;
  if (delta > 0) fill(shop, at.sku, at.place);
  return DONE;
}

export function countUnits(shop: PlaceShop, at: At, onHand: number): PlaceAnswer {
  if (onHand < boundOf(shop, at)) return refuse('below_reserved');
  stockFor(shop, at.sku, at.place).onHand = onHand;
  fill(shop, at.sku, at.place);
  return DONE;
}

export function defineAt(
  shop: PlaceShop,
  at: At,
  { safetyStock, backorderLimit }: { safetyStock?: number; backorderLimit?: number | null },
): PlaceAnswer {
  const stock = stockFor(shop, at.sku, at.place);
  if (safetyStock !== undefined) stock.safety = safetyStock;
  if (backorderLimit !== undefined) stock.room = backorderLimit ?? 0;
  // A lower safety stock leaves units for backorders.
  if (safetyStock !== undefined) fill(shop, at.sku, at.place);
  return DONE;
}

/** Gives units that have become free in other ways to backorders, as the leading process does. */
export function fillAll(shop: PlaceShop): void {
  for (const { sku, place } of shop.stock) fill(shop, sku, place);
}

type Draft = Pick<PlaceTransfer, 'from' | 'to'> & { lines: { sku: string; quantity: number }[] };

export function draftTransfer(shop: PlaceShop, { from, to, lines }: Draft): PlaceAnswer {
  if (from === to) return refuse('invalid_input');
  const added = lines.map(({ sku, quantity }) => ({ sku, quantity, received: 0, lost: 0 }));
  shop.transfers.push({ id: '', status: 'draft', from, to, lines: added });
  return DONE;
}

/** Units that were promised to somebody cannot leave. */
export function sendTransfer(shop: PlaceShop, transfer: PlaceTransfer): PlaceAnswer {
  const { from, lines, status } = transfer;
  if (status !== 'draft') return refuse('transfer_state');
  const missing = lines
    .map(({ sku, quantity }) => ({ sku, requested: quantity, available: Math.max(0, freeAt(shop, sku, from)) }))
    .filter(({ requested, available }) => available < requested);
  if (missing.length > 0) return short(...missing);
  for (const { sku, quantity } of lines) stockFor(shop, sku, from).onHand -= quantity;
  transfer.status = 'in_transit';
  return DONE;
}

export interface Arrival {
  sku: string;
  quantity: number;
  lost: number;
}

const onTheWay = ({ quantity, received, lost }: PlaceTransfer['lines'][number]): number => quantity - received - lost;

/** Units of a transfer fill backorders soon after, as units do that become free. */
export function receiveTransfer(shop: PlaceShop, transfer: PlaceTransfer, arrivals: readonly Arrival[]): PlaceAnswer {
  if (transfer.status !== 'in_transit') return refuse('transfer_state');
  for (const { sku, quantity, lost } of arrivals) {
    const line = transfer.lines.find((each) => each.sku === sku);
    if (!line) return refuse('unknown_sku');
    if (quantity + lost > onTheWay(line)) return refuse('exceeds_in_transit');
  }
  for (const { sku, quantity, lost } of arrivals) {
    const line = transfer.lines.find((each) => each.sku === sku);
    if (!line) continue;
    line.received += quantity;
    line.lost += lost;
    if (quantity > 0) stockFor(shop, sku, transfer.to).onHand += quantity;
  }
  if (transfer.lines.every((line) => onTheWay(line) === 0)) transfer.status = 'received';
  return DONE;
}

export function cancelTransfer(shop: PlaceShop, transfer: PlaceTransfer): PlaceAnswer {
  const { status, from, lines } = transfer;
  if (status !== 'draft' && status !== 'in_transit') return refuse('transfer_state');
  if (status === 'in_transit') for (const line of lines) stockFor(shop, line.sku, from).onHand += onTheWay(line);
  transfer.status = 'cancelled';
  return DONE;
}

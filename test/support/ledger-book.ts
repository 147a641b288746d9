import { expect } from 'vitest';
import type { LedgerLine, MovementLine } from '../../src/contract/outputs/ledger-lines.ts';
import { ledgerOf } from './archived-shop.ts';
import type { Order } from './shopper.ts';

const isMovement = (line: LedgerLine): line is MovementLine => line.type === 'movement';

/** Sums units by a name. */
function sums<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  unitsOf: (item: T) => number,
): Record<string, number> {
  const totals = new Map<string, number>();
  for (const item of items) totals.set(nameOf(item), (totals.get(nameOf(item)) ?? 0) + unitsOf(item));
  return Object.fromEntries([...totals].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ENDS: ReadonlySet<string> = new Set(['released', 'expired', 'consumed', 'committed']);

/**
 * Expects that the ledger has each effect of the clients' book once, and none besides: the units of every order, the
 * orders themselves, and the units that came in. No hold may be reserved or end twice.
 */
export async function expectLedger(
  url: string,
  { orders, stock }: { orders: readonly Order[]; stock: Readonly<Record<string, number>> },
): Promise<void> {
  const lines = await ledgerOf(url);
  expect(lines.at(-1)).toMatchObject({ type: 'end', more: false });
  const movements = lines.filter(isMovement);
  const of = (kind: string) => movements.filter((movement) => movement.kind === kind);
  const sold = orders.flatMap(({ orderId, lines: own }) => own.map((line) => ({ orderId, ...line })));
  const nameOf = ({ orderId, sku }: { orderId?: string; sku: string }) => `${orderId} ${sku}`;
  expect(sums(of('committed'), nameOf, ({ quantity }) => quantity)).toEqual(
    sums(sold, nameOf, ({ quantity }) => quantity),
  );
  const placed = lines.flatMap((line) => (line.type === 'orderStatus' ? [`${line.orderId} ${line.status}`] : []));
  expect(placed.sort()).toEqual(orders.map(({ orderId }) => `${orderId} placed`).sort());
  const skuOf = ({ sku }: MovementLine) => sku;
  expect(sums(of('received'), skuOf, ({ quantity }) => quantity)).toEqual(
    Object.fromEntries(Object.entries(stock).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  const once = new Set<string>();
  const twice = movements.filter(({ kind, holdId }) => {
    if (kind !== 'reserved' && !ENDS.has(kind)) return false;
    const event = `${holdId} ${kind === 'reserved' ? 'begins' : 'ends'}`;
    return once.size === once.add(event).size;
  });
  expect(twice).toEqual([]);
}

import { randomUUID } from 'node:crypto';
import type { Outputs } from '../../client/client.ts';
import type { DemoWire, WireAnswer } from './demo-wire.ts';

export const SALE_SKU = 'flash-sale';

/** What a shopper's visit came to. */
export type Visit =
  | { outcome: 'bought'; orderId: string }
  | { outcome: 'sold_out' }
  | { outcome: 'failed'; why: string };

/** What the shop says of itself when the sale is over. */
export interface ShopFacts {
  audit: Outputs['admin']['audit'];
  orders: Map<string, number>;
}

/** Puts the units on sale; the price makes the orders' totals worth a look. */
export async function stockUp(wire: DemoWire, operator: Record<string, string>, units: number): Promise<void> {
  const unitPrice = { amount: 4_990, currency: 'EUR' };
  demand(await wire.mutate('stock.define', { sku: SALE_SKU, title: 'Sneaker, one day only', unitPrice }, operator));
  demand(await wire.mutate('stock.receive', { sku: SALE_SKU, quantity: units, idempotencyKey: 'stock' }, operator));
}

/** All shoppers at once: each looks, puts one unit into a cart of their own, and pays where they got it. */
export function runSale(wire: DemoWire, buyers: number, onVisit: (visit: Visit) => void): Promise<Visit[]> {
  return Promise.all(
    Array.from({ length: buyers }, async () => {
      const visited = await visit(wire).catch((error: unknown): Visit => ({ outcome: 'failed', why: String(error) }));
      onVisit(visited);
      return visited;
    }),
  );
}

async function visit(wire: DemoWire): Promise<Visit> {
  const session = { 'x-session-id': randomUUID() };
  const looked = await wire.query('stock.availability', { skus: [SALE_SKU] });
  if (looked.status !== 200) return failed(looked);
  const added = await wire.mutate('cart.add', { sku: SALE_SKU, quantity: 1, idempotencyKey: 'add' }, session);
  if (added.reason === 'insufficient_stock') return { outcome: 'sold_out' };
  if (added.status !== 200) return failed(added);
  const placed = await wire.mutate('checkout.place', { idempotencyKey: 'pay' }, session);
  if (placed.status !== 200) return failed(placed);
  return { outcome: 'bought', orderId: (placed.data as Outputs['checkout']['place']).orderId };
}

const failed = ({ status, reason }: WireAnswer): Visit => ({ outcome: 'failed', why: `${status} ${reason ?? ''}` });

/** Asks for the audit and for every order. */
export async function readBack(wire: DemoWire, operator: Record<string, string>): Promise<ShopFacts> {
  const audit = demand(await wire.query('admin.audit', undefined, operator)) as ShopFacts['audit'];
  const orders: ShopFacts['orders'] = new Map();
  let cursor: string | undefined;
  do {
    const input = { limit: 500, ...(cursor === undefined ? {} : { cursor }) };
    const page = demand(await wire.query('orders.list', input, operator)) as Outputs['orders']['list'];
    for (const { orderId, lines } of page.items) orders.set(orderId, unitsOf(lines));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return { audit, orders };
}

const unitsOf = (lines: readonly { quantity: number }[]): number =>
  lines.reduce((units, { quantity }) => units + quantity, 0);

function demand({ status, reason, data }: WireAnswer): unknown {
  if (status !== 200) throw new Error(`the shop answered ${status} ${reason ?? ''}`);
  return data;
}

import { randomUUID } from 'node:crypto';
import type { Outputs } from '../../client/client.ts';
import type { DemoWire, WireAnswer } from './demo-wire.ts';

export const SALE_SKU = 'flash-sale';

/** What a shopper's visit came to. */
export type Visit =
  | { outcome: 'bought'; orderId: string }
  | { outcome: 'sold_out' }
  /** `hadUnit`: a unit was in the cart. */
  | { outcome: 'failed'; why: string; hadUnit?: true };

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

/** What the sale reports while it runs. */
export interface SaleEvents {
  /** A shopper holds a unit in the cart, and has not bought it yet. */
  onHeld(): void;
  /** A visit has ended. */
  onVisit(visit: Visit): void;
}

/**
 * Lets so many shoppers visit the shop. Each connection lives one shopper's whole visit after another, so that at any moment
 * some look, some add and some check out.
 */
export async function runSale(
  wire: DemoWire,
  { buyers, connections }: { buyers: number; connections: number },
  events: SaleEvents,
): Promise<Visit[]> {
  const visits: Visit[] = [];
  let come = 0;
  const live = async (): Promise<void> => {
    while (come < buyers) {
      come += 1;
      const over = await visit(wire, events).catch(
        (error: unknown): Visit => ({ outcome: 'failed', why: String(error) }),
      );
      visits.push(over);
      events.onVisit(over);
    }
  };
  await Promise.all(Array.from({ length: connections }, live));
  return visits;
}

/** A shopper looks, puts one unit into a cart of their own, and buys it where they got it. */
async function visit(wire: DemoWire, events: SaleEvents): Promise<Visit> {
  const session = { 'x-session-id': randomUUID() };
  const looked = await wire.query('stock.availability', { skus: [SALE_SKU] });
  if (looked.status !== 200) return failed(looked);
  const added = await wire.mutate('cart.add', { sku: SALE_SKU, quantity: 1, idempotencyKey: 'add' }, session);
  if (added.reason === 'insufficient_stock') return { outcome: 'sold_out' };
  if (added.status !== 200) return failed(added);
  events.onHeld();
  const placed = await wire.mutate('checkout.place', { idempotencyKey: 'pay' }, session);
  if (placed.status !== 200) return { ...failed(placed), hadUnit: true };
  return { outcome: 'bought', orderId: (placed.data as Outputs['checkout']['place']).orderId };
}

const failed = ({ status, reason }: WireAnswer): { outcome: 'failed'; why: string } => ({
  outcome: 'failed',
  why: `${status} ${reason ?? ''}`,
});

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

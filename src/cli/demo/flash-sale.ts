import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Audit } from '../../contract/outputs/admin-outputs.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { DemoWire, WireAnswer } from './demo-wire.ts';

export const SALE_SKU = 'flash-sale';

export type Visit =
  | { outcome: 'bought'; orderId: string }
  | { outcome: 'sold_out' }
  /** `hadUnit`: the cart had a unit. */
  | { outcome: 'failed'; why: string; hadUnit?: true };

/** The audit and the orders after the sale. */
export interface ShopFacts {
  audit: Audit;
  orders: Map<string, number>;
}

/** Defines the SKU with a price, so that orders have totals, and receives the units. */
export async function stockUp(wire: DemoWire, operator: Record<string, string>, units: number): Promise<void> {
  const unitPrice = { amount: 4_990, currency: 'EUR' };
  dataOf(await wire.mutate('stock.define', { sku: SALE_SKU, title: 'Sneaker, one day only', unitPrice }, operator));
  dataOf(await wire.mutate('stock.receive', { sku: SALE_SKU, quantity: units, idempotencyKey: 'stock' }, operator));
}

export interface SaleEvents {
  /** A shopper has a unit in the cart, and has not bought it yet. */
  onHeld(): void;
  onVisit(visit: Visit): void;
}

/**
 * Lets `buyers` shoppers visit the shop. Each connection runs one complete visit after another, so that visits are in
 * different phases at any moment.
 */
export async function runSale(
  wire: DemoWire,
  { buyers, connections, pauseMs }: { buyers: number; connections: number; pauseMs: number },
  events: SaleEvents,
): Promise<Visit[]> {
  const visits: Visit[] = [];
  let started = 0;
  const runVisits = async (): Promise<void> => {
    while (started < buyers) {
      started += 1;
      const over = await visit(wire, events, pauseMs).catch(
        (error: unknown): Visit => ({ outcome: 'failed', why: String(error) }),
      );
      visits.push(over);
      events.onVisit(over);
    }
  };
  await Promise.all(Array.from({ length: connections }, runVisits));
  return visits;
}

/** Runs one visit: a shopper reads the availability, adds one unit to a new cart, and buys it, with pauses. */
async function visit(wire: DemoWire, events: SaleEvents, pauseMs: number): Promise<Visit> {
  const session = { 'x-session-id': randomUUID() };
  await randomPause(pauseMs);
  const looked = await wire.query('stock.availability', { skus: [SALE_SKU] });
  if (looked.status !== 200) return failedVisit(looked);
  const added = await wire.mutate('cart.add', { sku: SALE_SKU, quantity: 1, idempotencyKey: 'add' }, session);
  if (added.reason === 'insufficient_stock') return { outcome: 'sold_out' };
  if (added.status !== 200) return failedVisit(added);
  events.onHeld();
  await randomPause(pauseMs);
  const placed = await wire.mutate('checkout.place', { idempotencyKey: 'pay' }, session);
  if (placed.status !== 200) return { ...failedVisit(placed), hadUnit: true };
  return { outcome: 'bought', orderId: (placed.data as Order).orderId };
}

/** Waits for up to twice the mean. */
const randomPause = async (meanMs: number): Promise<void> => {
  if (meanMs > 0) await sleep(2 * meanMs * Math.random());
};

const failedVisit = ({ status, reason }: WireAnswer): { outcome: 'failed'; why: string } => ({
  outcome: 'failed',
  why: `${status} ${reason ?? ''}`,
});

export async function readBack(wire: DemoWire, operator: Record<string, string>): Promise<ShopFacts> {
  const audit = dataOf(await wire.query('admin.audit', undefined, operator)) as Audit;
  const orders: ShopFacts['orders'] = new Map();
  let cursor: string | undefined;
  do {
    const input = { limit: 500, ...(cursor === undefined ? {} : { cursor }) };
    const page = dataOf(await wire.query('orders.list', input, operator)) as Page<Order>;
    for (const { orderId, lines } of page.items) orders.set(orderId, orderedUnits(lines));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return { audit, orders };
}

const orderedUnits = (lines: readonly { quantity: number }[]): number =>
  lines.reduce((units, { quantity }) => units + quantity, 0);

function dataOf({ status, reason, data }: WireAnswer): unknown {
  if (status !== 200) throw new Error(`the shop answered ${status} ${reason ?? ''}`);
  return data;
}

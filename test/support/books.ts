import { expect } from 'vitest';
import { type HttpCaller, must } from './http-caller.ts';
import type { Order, Visit } from './shopper.ts';

const PAGE = 500;

/** All orders of the shop, from all pages of the list. */
export async function allOrders(caller: HttpCaller): Promise<Order[]> {
  const orders: Order[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = must(await caller.asOperator().query('orders.list', { limit: PAGE, ...(cursor ? { cursor } : {}) }));
    orders.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return orders;
  }
}

/** Ids of all live holds. */
export async function liveHolds(caller: HttpCaller): Promise<string[]> {
  const holds: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = must(await caller.asOperator().query('holds.list', { limit: PAGE, ...(cursor ? { cursor } : {}) }));
    holds.push(...page.items.map(({ holdId }) => holdId));
    cursor = page.nextCursor;
    if (cursor === undefined) return holds;
  }
}

/** The kinds of all movements of a SKU, newest first. */
export async function allMovements(caller: HttpCaller, sku: string): Promise<string[]> {
  const kinds: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const input = { sku, limit: PAGE, ...(cursor ? { cursor } : {}) };
    const page = must(await caller.asOperator().query('stock.history', input));
    kinds.push(...page.movements.map(({ kind }) => kind));
    cursor = page.nextCursor;
    if (cursor === undefined) return kinds;
  }
}

/** Defines the SKUs and receives their units. */
export async function stockUp(caller: HttpCaller, stock: Readonly<Record<string, number>>): Promise<void> {
  const operator = caller.asOperator();
  for (const [sku, quantity] of Object.entries(stock)) {
    must(await operator.mutate('stock.define', { sku, unitPrice: { amount: 500, currency: 'EUR' } }));
    must(await operator.mutate('stock.receive', { sku, quantity, idempotencyKey: `supply-${sku}` }));
  }
}

const unitsOf = (orders: readonly Order[], wanted: string): number =>
  orders
    .flatMap(({ lines }) => lines.filter(({ sku }) => sku === wanted))
    .reduce((sum, line) => sum + line.quantity, 0);

/** Expects for each SKU that sold and other units are what came in, and that reserved units are not available. */
export async function expectBalance(
  caller: HttpCaller,
  stock: Readonly<Record<string, number>>,
  orders: readonly Order[],
): Promise<void> {
  for (const [sku, supplied] of Object.entries(stock)) {
    const level = must(await caller.asOperator().query('stock.level', { sku }));
    const sold = unitsOf(orders, sku);
    const { committed, available, reserved, onHand } = level;
    const found = { sku, committed, sold: level.sold, rest: available + reserved, onHand };
    expect(found).toEqual({ sku, committed: sold, sold, rest: supplied - sold, onHand: supplied });
  }
}

/** The planned lines without the refused ones: not a unit more, however often the shopper retried. */
function wantedLines({ plan, refused }: Visit): Record<string, number> {
  const missed = new Set(refused.map(({ sku }) => sku));
  return Object.fromEntries(plan.lines.flatMap(({ sku, quantity }) => (missed.has(sku) ? [] : [[sku, quantity]])));
}

/**
 * Expects that the orders on record are exactly those that the shoppers received, each with the planned lines. No order
 * may be lost or recorded twice, and no unit added twice.
 */
export async function expectOrders(caller: HttpCaller, visits: readonly Visit[]): Promise<Order[]> {
  const received = visits.flatMap(({ order }) => (order ? [order] : []));
  const kept = await allOrders(caller);
  const byId = (orders: readonly Order[]) =>
    Object.fromEntries(orders.map(({ orderId, status, lines }) => [orderId, { status, lines }]));
  expect(kept.length).toBe(received.length);
  expect(new Set(received.map(({ orderId }) => orderId)).size).toBe(received.length);
  expect(byId(kept)).toEqual(byId(received));
  for (const { order, ...visit } of visits.filter(({ order }) => order !== null)) {
    const bought = Object.fromEntries(order?.lines.map(({ sku, quantity }) => [sku, quantity]) ?? []);
    expect([visit.plan.session, bought]).toEqual([visit.plan.session, wantedLines({ order, ...visit })]);
  }
  return kept;
}

/** Expects that the shop's own audit finds no violation. */
export async function expectSound(caller: HttpCaller): Promise<void> {
  const { ok, violations } = must(await caller.asOperator().query('admin.audit', {}));
  expect({ ok, violations }).toEqual({ ok: true, violations: [] });
}

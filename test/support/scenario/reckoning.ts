import { allOrders } from '../books.ts';
import { must, type OutputOf } from '../http-caller.ts';
import { poll } from '../poll.ts';
import { SKUS } from './goods.ts';
import { type LedgerReckoning, reckonLedger } from './ledger-reckoning.ts';
import type { KnownOrder, Order } from './order-book.ts';
import type { Scene } from './scene.ts';

type Level = OutputOf<'stock.level'>;

const LAPSE_MS_MAX = 20_000;

/** Resolves when nothing is held and no order awaits its payment any more. */
export async function everythingLapsed({ shop }: Scene): Promise<void> {
  const operator = shop.caller.asOperator();
  await poll(
    async () => {
      const { items: holds } = must(await operator.query('holds.list', { limit: 1 }));
      const { items: orders } = must(await operator.query('orders.list', { limit: 1, status: 'awaiting_payment' }));
      const { items: levels } = must(await operator.query('stock.list', { limit: 100 }));
      return holds.length === 0 && orders.length === 0 && levels.every(({ reserved }) => reserved === 0);
    },
    { timeoutMs: LAPSE_MS_MAX, describe: () => 'something is still held' },
  );
}

/** Compares all answers with the present state and with the ledger. Reports all differences. */
export async function reckon(scene: Scene): Promise<void> {
  const { shop, faults, orders } = scene;
  checkOrders(scene, await allOrders(shop.caller));
  const audit = must(await shop.caller.asOperator().query('admin.audit', undefined));
  faults.unless(audit.ok && audit.liveHolds === 0, () => `the audit: ${JSON.stringify(audit)}`);
  const ended = new Set<string>();
  for (const sku of SKUS) {
    const level = must(await shop.caller.asOperator().query('stock.level', { sku }));
    checkLevel(scene, level, [...orders.orders.values()]);
    const ledger = await reckonLedger(scene, sku);
    checkLedger(scene, ledger, level);
    for (const holdId of ledger.ended) ended.add(holdId);
  }
  for (const holdId of scene.holds) {
    faults.unless(ended.has(holdId), () => `${holdId} was shown in a cart, and the ledger does not know how it ended`);
  }
}

/** The orders on record are those of the answers, each in the state that the answers imply. */
function checkOrders({ faults, orders }: Scene, kept: readonly Order[]): void {
  const found = new Map(kept.map((order) => [order.orderId, order]));
  faults.unless(found.size === kept.length, () => 'an order is listed twice');
  for (const orderId of found.keys()) {
    faults.unless(orders.orders.has(orderId), () => `${orderId}is in no answer`);
  }
  for (const [orderId, known] of orders.orders) {
    const order = found.get(orderId);
    if (!order) {
      faults.add(`${orderId} was acknowledged, and is not there`);
      continue;
    }
    orders.seen(order, known.status);
    const status = known.status === 'awaiting_payment' ? 'expired' : known.status;
    const isAsTold = order.status === status;
    faults.unless(isAsTold, () => `${orderId} is ${order.status}, and was ${known.status} by all answers`);
    for (const { sku, returned } of order.lines) {
      const expected = known.returned.get(sku) ?? 0;
      faults.unless(
        returned === expected,
        () => `${orderId}: ${returned} ${sku} came back, ${expected} by all answers`,
      );
    }
  }
}

const soldOf = (orders: readonly KnownOrder[], sku: string): number =>
  orders
    .filter(({ status }) => status === 'placed')
    .flatMap(({ first }) => first.lines.filter((line) => line.sku === sku))
    .reduce((sum, { quantity }) => sum + quantity, 0);

const cameBack = (orders: readonly KnownOrder[], sku: string, which: 'returned' | 'restocked'): number =>
  orders.reduce((sum, order) => sum + (order[which].get(sku) ?? 0), 0);

/** On hand is what came in, less what was sold, plus what was restocked. */
function checkLevel({ faults, supply }: Scene, level: Level, orders: readonly KnownOrder[]): void {
  const { sku, onHand, reserved } = level;
  const expected = supply.total(sku) - soldOf(orders, sku) + cameBack(orders, sku, 'restocked');
  faults.unless(onHand === expected && reserved === 0, () => `${expected} ${sku} expected: ${JSON.stringify(level)}`);
}

/** The ledger ends at the level, and the answers explain every unit in it. */
function checkLedger({ faults, supply, orders }: Scene, ledger: LedgerReckoning, level: Level): void {
  const { sku } = level;
  const same = (what: string, found: number, expected: number) =>
    faults.unless(found === expected, () => `${sku}: ${what}: ${found} in the ledger, ${expected} by all answers`);
  same('on hand', ledger.onHand, level.onHand);
  same('reserved', ledger.reserved, 0);
  faults.unless(ledger.liveHolds.length === 0, () => `${sku}: never ended: ${ledger.liveHolds.join(', ')}`);
  for (const kind of ['received', 'adjusted', 'counted'] as const) same(kind, ledger.units(kind), supply.of(sku, kind));
  const all = [...orders.orders.values()];
  same('sold', ledger.units('consumed'), soldOf(all, sku));
  same('returned', ledger.units('returned'), cameBack(all, sku, 'returned'));
  same('restocked', ledger.restocked, cameBack(all, sku, 'restocked'));
  for (const [orderId, order] of orders.orders) {
    same(`sold by ${orderId}`, ledger.units('consumed', orderId), soldOf([order], sku));
    same(`returned of ${orderId}`, ledger.units('returned', orderId), order.returned.get(sku) ?? 0);
  }
}

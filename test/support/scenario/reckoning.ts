import { allOrders } from '../books.ts';
import { must, type OutputOf } from '../http-caller.ts';
import { poll } from '../poll.ts';
import { SKUS } from './goods.ts';
import { type LedgerReckoning, reckonLedger } from './ledger-reckoning.ts';
import type { KnownOrder, Order } from './known-order.ts';
import { LineHistories } from './line-histories.ts';
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
  const { shop, faults } = scene;
  const kept = await allOrders(shop.caller);
  checkOrders(scene, kept);
  const audit = must(await shop.caller.asOperator().query('admin.audit', undefined));
  faults.unless(audit.ok && audit.liveHolds === 0, () => `the audit: ${JSON.stringify(audit)}`);
  const lines = new LineHistories(scene);
  const ledgers: LedgerReckoning[] = [];
  for (const sku of SKUS) ledgers.push(await reckonLedger(scene, sku, lines));
  for (const ledger of ledgers) {
    const level = must(await shop.caller.asOperator().query('stock.level', { sku: ledger.sku }));
    checkLevel(scene, level, lines);
    checkLedger(scene, ledger, level, lines);
  }
  lines.check(kept);
  checkHolds(scene, ledgers);
}

/** Each hold that a cart has shown has ended, or it is sold. A write-off has released the holds that it names. */
function checkHolds({ faults, holds, writtenOff }: Scene, ledgers: readonly LedgerReckoning[]): void {
  const ended = new Map(ledgers.flatMap((ledger) => [...ledger.ended]));
  const sold = new Set(ledgers.flatMap((ledger) => ledger.holds({ isCommitted: true })));
  for (const holdId of holds) {
    const isKnown = ended.has(holdId) || sold.has(holdId);
    faults.unless(isKnown, () => `${holdId} was shown in a cart, and the ledger does not know how it ended`);
  }
  for (const holdId of writtenOff) {
    faults.unless(ended.get(holdId) === 'released', () => `${holdId} was written off, and is ${ended.get(holdId)}`);
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
    orders.seen(order, orders.before(orderId));
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

/** Units at the sale. */
const soldOf = (orders: readonly KnownOrder[], sku: string): number =>
  orders
    .filter(({ isSold }) => isSold)
    .flatMap(({ first }) => first.lines.filter((line) => line.sku === sku))
    .reduce((sum, { quantity }) => sum + quantity, 0);

const cameBack = (orders: readonly KnownOrder[], sku: string, which: 'returned' | 'restocked'): number =>
  orders.reduce((sum, order) => sum + (order[which].get(sku) ?? 0), 0);

/** Units that have left the stock, and sold units that have not. */
function unitsOf(orders: readonly KnownOrder[], sku: string, lines: LineHistories): { left: number; open: number } {
  const states = orders.map(({ first }) => lines.units(first.orderId, sku));
  return {
    left: states.reduce((sum, { fulfilled }) => sum + fulfilled, 0),
    open: states.reduce((sum, { quantity, fulfilled }) => sum + quantity - fulfilled, 0),
  };
}

/**
 * On hand is what came in, less what was dispatched, plus what was restocked. Committed is what was sold and neither
 * dispatched nor cancelled.
 */
function checkLevel({ faults, supply, orders }: Scene, level: Level, lines: LineHistories): void {
  const { sku, onHand, reserved, committed, available, safetyStock } = level;
  const all = [...orders.orders.values()];
  const { left, open } = unitsOf(all, sku, lines);
  const expected = {
    onHand: supply.total(sku) - left + cameBack(all, sku, 'restocked'),
    reserved: 0,
    committed: open,
    available: Math.max(0, onHand - open - safetyStock),
  };
  const isSame = JSON.stringify({ onHand, reserved, committed, available }) === JSON.stringify(expected);
  faults.unless(isSame, () => `${sku}: ${JSON.stringify(expected)} expected: ${JSON.stringify(level)}`);
}

/** The ledger ends at the level, and the answers explain every unit in it. */
function checkLedger(
  { faults, supply, orders }: Scene,
  ledger: LedgerReckoning,
  level: Level,
  lines: LineHistories,
): void {
  const { sku } = level;
  const same = (what: string, found: number, expected: number) =>
    faults.unless(found === expected, () => `${sku}: ${what}: ${found} in the ledger, ${expected} by all answers`);
  same('on hand', ledger.onHand, level.onHand);
  same('reserved', ledger.reserved, 0);
  same('committed', ledger.committed, level.committed);
  same('to be dispatched', ledger.unitsToDispatch, level.committed);
  const unsold = ledger.holds({ isCommitted: false });
  faults.unless(unsold.length === 0, () => `${sku}: never ended: ${unsold.join(', ')}`);
  for (const kind of ['received', 'adjusted', 'counted'] as const) same(kind, ledger.units(kind), supply.of(sku, kind));
  const all = [...orders.orders.values()];
  same('sold', ledger.units('consumed') + ledger.units('committed'), soldOf(all, sku));
  same('left', ledger.units('consumed') + ledger.units('fulfilled'), unitsOf(all, sku, lines).left);
  same('returned', ledger.units('returned'), cameBack(all, sku, 'returned'));
  same('restocked', ledger.restocked, cameBack(all, sku, 'restocked'));
  for (const [orderId, order] of orders.orders) {
    const sold = soldOf([order], sku);
    same(`sold by ${orderId}`, ledger.units('consumed', orderId), order.leftAtSale === true ? sold : 0);
    same(`committed by ${orderId}`, ledger.units('committed', orderId), order.leftAtSale === true ? 0 : sold);
    same(`returned of ${orderId}`, ledger.units('returned', orderId), order.returned.get(sku) ?? 0);
  }
}

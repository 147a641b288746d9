import type { OutputOf } from '../http-caller.ts';
import { SKUS } from './goods.ts';
import { type Operator, operatorOf } from './operator.ts';
import { cancelLine, dispatch, setQuantity, takeBack } from './order-acts.ts';
import type { Scene } from './scene.ts';
import { adjust, checkLevel, count, keep, restock, writeOff } from './shelf-acts.ts';
import { pause } from './stage.ts';
import { someWay } from './wire.ts';

/** Those most likely to be still live when they are named. */
const LATEST_HOLDS = 20;
/** Of those that carts have shown, some have been sold since, and are not dispatched yet. */
const SHOWN_HOLDS = 200;

type Act = (scene: Scene, operator: Operator) => Promise<void>;

type Acts = readonly (readonly [number, Act])[];

const ACTS: Acts = [
  [30, restock],
  [8, adjust],
  [8, count],
  [3, keep],
  [6, writeOff],
  [18, takeBack],
  [10, release],
  [4, list],
  [4, history],
  [3, window],
];

const DISPATCHES: Acts = [
  [60, dispatch],
  [15, cancelLine],
  [25, setQuantity],
];

/** Runs operator calls until the scenario is over. */
export const keepShop = (scene: Scene, index: number): Promise<void> =>
  work(scene, operatorOf(scene, `operator-${index}`, index % scene.shop.servers.length), ACTS);

/** Changes sold orders until the scenario is over. */
export const dispatchOrders = (scene: Scene, index: number): Promise<void> =>
  work(scene, operatorOf(scene, `dispatcher-${index}`, index % scene.shop.servers.length), DISPATCHES);

async function work(scene: Scene, operator: Operator, acts: Acts): Promise<void> {
  while (!scene.isOver) {
    await operator.dice.weighted(acts)(scene, operator);
    await pause(operator.dice.between(10, 200));
  }
}

async function release(scene: Scene, { who, dice }: Operator): Promise<void> {
  const { wire, orders, holds } = scene;
  const before = new Map([...orders.orders].map(([orderId, { status }]) => [orderId, status]));
  const page = await wire.query(who, 'holds.list', { limit: 500 });
  if (!page.ok || page.value.items.length === 0) return;
  for (const hold of page.value.items) checkHold(scene, hold, before);
  const latest = page.value.items.toSorted((a, b) => (b.expiresAt ?? 0) - (a.expiresAt ?? 0)).slice(0, LATEST_HOLDS);
  // Those that a cart has shown include ended ones and sold ones.
  const { holdId } =
    dice.chance(0.6) || holds.size === 0 ? dice.pick(latest) : { holdId: dice.pick([...holds].slice(-SHOWN_HOLDS)) };
  const answer = await wire.mutate(who, 'holds.release', { holdId, reason: 'a mistake' }, someWay(dice));
  if (!answer.ok && answer.meta['state'] === 'committed') wire.note('holds.release', 'committed');
}

/** An order that awaits its payment holds its units until the payment deadline. No other order holds any. */
function checkHold(
  { faults, orders }: Scene,
  hold: OutputOf<'holds.list'>['items'][number],
  before: ReadonlyMap<string, string>,
): void {
  const about = (what: string) => () => `${what}: ${JSON.stringify(hold)}`;
  const orderId = /^order:(.*)$/.exec(hold.owner)?.[1] ?? '';
  const status = before.get(orderId) ?? 'awaiting_payment';
  faults.unless(hold.quantity > 0, about('it holds nothing'));
  faults.unless(status === 'awaiting_payment', about(`the order is ${status}`));
  const payBefore = orders.orders.get(orderId)?.first.payBefore;
  faults.unless(payBefore === undefined || payBefore === hold.expiresAt, about(`to be paid before ${payBefore}`));
}

async function list(scene: Scene, { who, versions }: Operator): Promise<void> {
  const before = new Map(versions);
  const page = await scene.wire.query(who, 'stock.list', { limit: 100 });
  if (!page.ok) return;
  scene.faults.unless(page.value.items.length === SKUS.length, () => `${page.value.items.length} SKUs`);
  for (const level of page.value.items) {
    checkLevel(scene, level, before.get(level.sku) ?? 0);
    versions.set(level.sku, level.version);
  }
}

/** Newest first, each movement starting from the result of the previous one. */
async function history({ wire, faults }: Scene, { who, dice }: Operator): Promise<void> {
  const page = await wire.query(who, 'stock.history', { sku: dice.pick(SKUS), limit: 50 });
  if (!page.ok) return;
  const { movements } = page.value;
  for (const [index, later] of movements.slice(0, -1).entries()) {
    const earlier = movements[index + 1]!;
    const spans = ['onHand', 'reserved', 'committed'] as const;
    const follows = spans.every((span) => later[span].before === earlier[span].after);
    faults.unless(follows && later.at >= earlier.at, () => `a gap: ${JSON.stringify([earlier, later])}`);
  }
}

async function window({ wire, faults }: Scene, { who }: Operator): Promise<void> {
  const answer = await wire.query(who, 'stock.availability', { skus: [...SKUS, 'nowhere'] });
  if (!answer.ok) return;
  for (const { sku, available = -1, status } of answer.value) {
    const isNothing = status === 'out_of_stock' || status === 'unknown';
    const isRight = available >= 0 && isNothing === (available === 0) && (status === 'unknown') === (sku === 'nowhere');
    faults.unless(isRight, () => `${sku}: ${available} ${status}`);
  }
}

import type { OutputOf } from '../http-caller.ts';
import { Dice } from '../dice.ts';
import { GOODS, SKUS } from './goods.ts';
import type { Scene } from './scene.ts';
import { pause } from './stage.ts';
import { someWay, type Who } from './wire.ts';

type Level = OutputOf<'stock.level'>;

const STOCK_UNITS_LOW = 60;
/** Those most likely to be still live when they are named. */
const LATEST_HOLDS = 20;

interface Operator {
  who: Who;
  dice: Dice;
  /** The newest version of each SKU that the operator has seen. */
  versions: Map<string, number>;
}

type Act = (scene: Scene, operator: Operator) => Promise<void>;

const ACTS: readonly (readonly [number, Act])[] = [
  [30, restock],
  [8, adjust],
  [8, count],
  [3, keep],
  [18, takeBack],
  [10, release],
  [4, list],
  [4, history],
  [3, window],
];

const operatorOf = (scene: Scene, name: string, server: number): Operator => ({
  who: { name, server },
  dice: new Dice(scene.seed, `${scene.name} ${name}`),
  versions: new Map(),
});

/** Stocks the goods before any shopper arrives. */
export async function stockUp(scene: Scene): Promise<void> {
  for (const { sku, supply, unitPrice, safetyStock, limitPerCustomer } of GOODS) {
    const fields = { sku, unitPrice, safetyStock, limitPerCustomer };
    await scene.wire.mutate({ name: 'supply', server: 0 }, 'stock.define', fields, 'once');
    await receive(scene, sku, supply);
  }
}

export const receive = (scene: Scene, sku: string, quantity: number): Promise<void> =>
  change(scene, operatorOf(scene, `supply-${sku}-${quantity}`, 0), 'stock.receive', { sku, quantity }, () =>
    scene.supply.add(sku, 'received', quantity),
  );

/** Runs operator calls until the scenario is over. */
export async function keepShop(scene: Scene, index: number): Promise<void> {
  const operator = operatorOf(scene, `operator-${index}`, index % scene.shop.servers.length);
  while (!scene.isOver) {
    await operator.dice.weighted(ACTS)(scene, operator);
    await pause(operator.dice.between(10, 200));
  }
}

function checkLevel({ faults }: Scene, level: Level, versionBefore: number): void {
  const { onHand, reserved, safetyStock, available, version } = level;
  const isRight = reserved >= 0 && reserved <= onHand && available === Math.max(0, onHand - reserved - safetyStock);
  faults.unless(isRight && version >= versionBefore, () => `after ${versionBefore}: ${JSON.stringify(level)}`);
}

type Change = 'stock.receive' | 'stock.adjust' | 'stock.count' | 'stock.define';

async function change(
  scene: Scene,
  { who, dice, versions }: Operator,
  path: Change,
  input: { sku: string; [field: string]: unknown },
  onEffect: () => void,
): Promise<void> {
  const before = versions.get(input.sku) ?? 0;
  const answer = await scene.wire.mutate(who, path, input, someWay(dice), onEffect);
  if (!answer.ok) return;
  checkLevel(scene, answer.value, before);
  versions.set(input.sku, answer.value.version);
}

async function levelOf(scene: Scene, { who, versions }: Operator, sku: string): Promise<Level | null> {
  const before = versions.get(sku) ?? 0;
  const answer = await scene.wire.query(who, 'stock.level', { sku });
  if (!answer.ok) return null;
  checkLevel(scene, answer.value, before);
  versions.set(sku, answer.value.version);
  return answer.value;
}

async function restock(scene: Scene, operator: Operator): Promise<void> {
  const sku = operator.dice.pick(SKUS);
  const quantity = operator.dice.between(1, sku.startsWith('scarce') ? 3 : 15);
  const level = await levelOf(scene, operator, sku);
  if (level && level.onHand > STOCK_UNITS_LOW) return;
  await change(scene, operator, 'stock.receive', { sku, quantity }, () => scene.supply.add(sku, 'received', quantity));
}

async function adjust(scene: Scene, operator: Operator): Promise<void> {
  const sku = operator.dice.pick(SKUS);
  const delta = operator.dice.pick([-8, -3, -1, 1, 2]);
  const input = { sku, delta, reason: 'found and broken' };
  await change(scene, operator, 'stock.adjust', input, () => scene.supply.add(sku, 'adjusted', delta));
}

/** Sends the expected units on hand, so that the answer implies the difference. */
async function count(scene: Scene, operator: Operator): Promise<void> {
  const sku = operator.dice.pick(SKUS);
  const level = await levelOf(scene, operator, sku);
  if (!level) return;
  const expectedOnHand = level.onHand;
  const onHand = Math.max(0, expectedOnHand + operator.dice.between(-3, 3));
  const input = { sku, onHand, expectedOnHand };
  await change(scene, operator, 'stock.count', input, () => scene.supply.add(sku, 'counted', onHand - expectedOnHand));
}

async function keep(scene: Scene, operator: Operator): Promise<void> {
  const { sku } = operator.dice.pick(GOODS.filter(({ safetyStock }) => safetyStock > 0));
  const input = { sku, safetyStock: operator.dice.between(0, 8) };
  await change(scene, operator, 'stock.define', input, () => undefined);
}

/** Returns units of a placed order, and now and then more than were sold. */
async function takeBack({ wire, orders, faults }: Scene, { who, dice }: Operator): Promise<void> {
  const placed = [...orders.orders.values()].filter(({ status }) => status === 'placed');
  if (placed.length === 0) return;
  const { first, returned } = dice.pick(placed);
  const { orderId } = first;
  const isTooMuch = dice.chance(0.15);
  const lines = first.lines
    .filter(() => dice.chance(0.7))
    .map(({ sku, quantity }) => ({ sku, quantity: isTooMuch ? quantity + 1 : dice.between(1, quantity) }));
  if (lines.length === 0) return;
  const restock = dice.chance(0.7);
  const floor = new Map(returned);
  const answer = await wire.mutate(
    who,
    'orders.return',
    { orderId, lines, restock, reason: 'too large' },
    someWay(dice),
    () => orders.returned(orderId, lines, restock),
  );
  const about = () => `the return of ${JSON.stringify(lines)} of ${orderId}: ${JSON.stringify(answer)}`;
  if (isTooMuch) faults.unless(!answer.ok && answer.reason === 'return_exceeds_sold', about);
  if (!answer.ok) return;
  orders.seen(answer.value, 'placed');
  for (const { sku, quantity } of lines) {
    const now = answer.value.lines.find((line) => line.sku === sku)?.returned ?? 0;
    faults.unless(now >= (floor.get(sku) ?? 0) + quantity, about);
  }
}

async function release(scene: Scene, { who, dice }: Operator): Promise<void> {
  const { wire, orders } = scene;
  const before = new Map([...orders.orders].map(([orderId, { status }]) => [orderId, status]));
  const page = await wire.query(who, 'holds.list', { limit: 500 });
  if (!page.ok || page.value.items.length === 0) return;
  for (const hold of page.value.items) checkHold(scene, hold, before);
  const latest = page.value.items.toSorted((a, b) => (b.expiresAt ?? 0) - (a.expiresAt ?? 0)).slice(0, LATEST_HOLDS);
  const { holdId } = dice.pick(latest);
  await wire.mutate(who, 'holds.release', { holdId, reason: 'a mistake' }, someWay(dice));
}

/** An order that awaits its payment holds its units until the payment deadline. An ended order holds none. */
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
    const follows = later.onHand.before === earlier.onHand.after && later.reserved.before === earlier.reserved.after;
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

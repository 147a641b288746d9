import type { HttpAnswer } from '../http-caller.ts';
import type { Dice } from '../dice.ts';
import { LINE_QUANTITY_MAX } from './goods.ts';
import { type Change, type KnownOrder, type Line, lineState, type Order, type Units } from './known-order.ts';
import type { Operator } from './operator.ts';
import { checkRefusal } from './order-refusals.ts';
import type { Scene } from './scene.ts';
import { someWay } from './wire.ts';

/** Those that are still being paid, or were placed just now. */
const FRESH_ORDERS = 30;
/** More units than any line has. */
const TOO_MANY = LINE_QUANTITY_MAX + 1;

type Path = 'orders.fulfil' | 'orders.cancelLine' | 'orders.setLineQuantity' | 'orders.return';

/** Mostly an order that has units to dispatch, else a new one, and now and then any. */
function someOrder({ orders }: Scene, dice: Dice): KnownOrder | undefined {
  const all = [...orders.orders.values()];
  const isOpen = ({ status, leftAtSale }: KnownOrder) =>
    status === 'partially_fulfilled' || (status === 'placed' && leftAtSale !== true);
  const among = dice.weighted<KnownOrder[]>([
    [65, all.filter(isOpen)],
    [25, all.slice(-FRESH_ORDERS)],
    [10, all],
  ]);
  return among.length === 0 ? undefined : dice.pick(among);
}

/** The units that had not left the stock in the latest answer. */
const openUnits = (line: Line, { status }: Order): number => line.quantity - lineState(line, status).fulfilled;

/** Mostly units that there may be, and now and then more. */
const someUnits = (dice: Dice, units: number): number =>
  dice.chance(0.1) ? units + 1 : dice.between(1, Math.max(1, units));

/** Requests a change. Checks its answer, or that its refusal was right. */
async function ask(
  scene: Scene,
  { who, dice }: Operator,
  path: Path,
  change: Change,
  input: object,
): Promise<HttpAnswer<Order>> {
  const { wire, orders } = scene;
  const before = orders.before(change.orderId);
  const fields = { orderId: change.orderId, ...input };
  const answer = await wire.mutate(who, path, fields, someWay(dice), () => orders.acknowledge(change));
  if (answer.ok) orders.seen(answer.value, before);
  else checkRefusal(scene, change, answer, before);
  return answer;
}

/** Dispatches all units of an order, or some. */
export async function dispatch(scene: Scene, operator: Operator): Promise<void> {
  const { dice } = operator;
  const order = someOrder(scene, dice);
  if (!order) return;
  const { orderId } = order.first;
  const some = order.latest.lines
    .filter(() => dice.chance(0.6))
    .map((line) => ({ sku: line.sku, quantity: someUnits(dice, openUnits(line, order.latest)) }));
  const lines = some.length === 0 || dice.chance(0.2) ? null : some;
  const change = scene.orders.begin('fulfil', orderId, lines);
  const input = { trackingReference: change.name, ...(lines ? { lines } : {}) };
  const answer = await ask(scene, operator, 'orders.fulfil', change, input);
  if (!answer.ok) return;
  const isWhole = lines !== null || answer.value.status === 'fulfilled';
  scene.faults.unless(isWhole, () => `all of ${orderId} is dispatched, and it is ${answer.value.status}`);
}

export async function cancelLine(scene: Scene, operator: Operator): Promise<void> {
  const { dice } = operator;
  const order = someOrder(scene, dice);
  if (!order) return;
  const line = dice.pick(order.latest.lines);
  const units = { sku: line.sku, quantity: someUnits(dice, openUnits(line, order.latest)) };
  const change = scene.orders.begin('cancel', order.first.orderId, [units]);
  await ask(scene, operator, 'orders.cancelLine', change, { ...units, reason: change.name });
}

/** Often of an order that has dispatched units, below which no line may fall. */
export async function setQuantity(scene: Scene, operator: Operator): Promise<void> {
  const { dice } = operator;
  const partial = [...scene.orders.orders.values()].filter(({ status }) => status === 'partially_fulfilled');
  const order = partial.length > 0 && dice.chance(0.4) ? dice.pick(partial) : someOrder(scene, dice);
  if (!order) return;
  const line = dice.pick(order.latest.lines);
  const { fulfilled } = lineState(line, order.latest.status);
  const quantity = fulfilled > 1 && dice.chance(0.3) ? fulfilled - 1 : dice.between(1, TOO_MANY);
  const units = { sku: line.sku, quantity };
  const change = scene.orders.begin('set', order.first.orderId, [units]);
  await ask(scene, operator, 'orders.setLineQuantity', change, { ...units, reason: change.name });
}

/** Returns units of a sold order, and now and then more than were sold. */
export async function takeBack(scene: Scene, operator: Operator): Promise<void> {
  const { orders, faults } = scene;
  const { dice } = operator;
  const sold = [...orders.orders.values()].filter(({ isSold }) => isSold);
  const order = sold.length > 0 && dice.chance(0.9) ? dice.pick(sold) : someOrder(scene, dice);
  if (!order) return;
  const { first, returned } = order;
  const { orderId } = first;
  const isTooMuch = dice.chance(0.15);
  const lines: Units[] = first.lines
    .filter(() => dice.chance(0.7))
    .map(({ sku, quantity }) => ({ sku, quantity: isTooMuch ? TOO_MANY : dice.between(1, quantity) }));
  if (lines.length === 0) return;
  const restock = dice.chance(0.7);
  const floor = new Map(returned);
  const change = orders.begin('return', orderId, lines, { restock });
  const answer = await ask(scene, operator, 'orders.return', change, { lines, restock, reason: change.name });
  const about = () => `the return of ${JSON.stringify(lines)} of ${orderId}: ${JSON.stringify(answer)}`;
  const isRefused = !answer.ok && (answer.reason === 'return_exceeds_sold' || answer.reason === 'order_state');
  if (isTooMuch) faults.unless(isRefused, about);
  if (!answer.ok) return;
  for (const { sku, quantity } of lines) {
    const now = answer.value.lines.find((line) => line.sku === sku)?.returned ?? 0;
    faults.unless(now >= (floor.get(sku) ?? 0) + quantity, about);
  }
}

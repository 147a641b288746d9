import type { HttpAnswer, OutputOf } from '../http-caller.ts';
import { type Cart, checkCart, newBasket, quantityOf } from './cart-checks.ts';
import type { Dice } from '../dice.ts';
import { limitOf, LINE_QUANTITY_MAX, SKUS } from './goods.ts';
import type { Order } from './known-order.ts';
import type { Scene, Visitor } from './scene.ts';
import { someWay } from './wire.ts';

/** Many shoppers want a few of the SKUs. */
const someSku = (dice: Dice): string => SKUS[Math.min(...[0, 0].map(() => dice.between(0, SKUS.length - 1)))]!;
const someQuantity = (dice: Dice): number =>
  dice.weighted([
    [60, 1],
    [25, 2],
    [12, dice.between(3, 6)],
    [3, 7],
  ]);

function see({ faults, holds }: Scene, visitor: Visitor, cart: Cart, versionBefore: number): void {
  checkCart(cart, versionBefore, visitor.basket, faults);
  for (const { holdId } of cart.lines) holds.add(holdId);
}

/** A refusal for a limit has to name a limit that exists. */
function checkLimit({ faults }: Scene, sku: string, answer: HttpAnswer<unknown>): void {
  if (answer.ok || answer.reason !== 'limit_exceeded') return;
  const { limit } = answer.meta;
  faults.unless(limit === limitOf(sku), () => `${sku} has no limit of ${String(limit)}`);
}

function checkAddition(
  scene: Scene,
  { sku, quantity, mode }: { sku: string; quantity: number; mode?: string },
  answer: HttpAnswer<OutputOf<'cart.add'>>,
): void {
  checkLimit(scene, sku, answer);
  if (!answer.ok) return;
  const { granted } = answer.value;
  const isFitting = mode === 'best_effort' ? granted >= 1 && granted <= quantity : granted === quantity;
  const held = quantityOf(answer.value, sku);
  const about = () => `cart.add of ${quantity} ${sku} (${mode ?? 'exact'}): ${JSON.stringify(answer.value)}`;
  scene.faults.unless(isFitting && (held === null || held >= granted), about);
}

export async function add(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { versionMax } = visitor.basket;
  const input = {
    sku: someSku(dice),
    quantity: someQuantity(dice),
    ...(dice.chance(0.3) ? { mode: 'best_effort' } : {}),
  };
  const answer = await scene.wire.mutate(visitor, 'cart.add', input, someWay(dice));
  checkAddition(scene, input, answer);
  if (answer.ok) see(scene, visitor, answer.value, versionMax);
}

/** Several additions in one request. The first is in it twice, with one key. */
export async function addMany(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { versionMax } = visitor.basket;
  const skus = new Set(Array.from({ length: dice.between(2, 4) }, () => someSku(dice)));
  const inputs = [...skus].map((sku) => ({ sku, quantity: dice.between(1, 2) }));
  const answers = await scene.wire.batch(visitor, 'cart.add', inputs);
  for (const [index, answer] of answers.entries()) {
    checkAddition(scene, inputs[index] ?? inputs[0]!, answer);
    if (answer.ok) see(scene, visitor, answer.value, versionMax);
  }
}

export async function change(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { versionMax, cart } = visitor.basket;
  const sku = cart && cart.lines.length > 0 && dice.chance(0.7) ? dice.pick(cart.lines).sku : someSku(dice);
  const quantity = dice.between(0, LINE_QUANTITY_MAX + 1);
  const answer = await scene.wire.mutate(visitor, 'cart.setQuantity', { sku, quantity }, someWay(dice));
  checkLimit(scene, sku, answer);
  if (!answer.ok) return;
  const held = quantityOf(answer.value, sku);
  scene.faults.unless(held === null || held === quantity, () => `${sku} set to ${quantity} is ${held}`);
  see(scene, visitor, answer.value, versionMax);
}

export async function remove(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { versionMax, cart } = visitor.basket;
  const sku = cart && cart.lines.length > 0 ? dice.pick(cart.lines).sku : someSku(dice);
  const answer = await scene.wire.mutate(visitor, 'cart.remove', { sku }, someWay(dice));
  if (!answer.ok) return;
  scene.faults.unless(quantityOf(answer.value, sku) === null, () => `${sku} is removed and there`);
  see(scene, visitor, answer.value, versionMax);
}

export async function clear(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { versionMax } = visitor.basket;
  const answer = await scene.wire.mutate(visitor, 'cart.clear', {}, someWay(dice));
  if (!answer.ok) return;
  scene.faults.unless(answer.value.lines.length === 0, () => `a cart is cleared: ${JSON.stringify(answer.value)}`);
  see(scene, visitor, answer.value, versionMax);
}

/** No deadline moves earlier. A line that the cart had is still in it, or it has expired or was removed. */
export async function extend(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { versionMax } = visitor.basket;
  const before = new Map(visitor.basket.cart?.lines.map(({ holdId, expiresAt }) => [holdId, expiresAt]));
  const answer = await scene.wire.mutate(visitor, 'cart.extend', {}, someWay(dice));
  if (!answer.ok) return;
  for (const { holdId, expiresAt } of answer.value.lines) {
    const earlier = before.get(holdId) ?? 0;
    scene.faults.unless(expiresAt >= earlier, () => `${holdId} is extended from ${earlier} to ${expiresAt}`);
  }
  see(scene, visitor, answer.value, versionMax);
}

export async function look(scene: Scene, visitor: Visitor): Promise<void> {
  const { versionMax } = visitor.basket;
  const answer = await scene.wire.query(visitor, 'cart.get', undefined);
  if (answer.ok) see(scene, visitor, answer.value, versionMax);
}

export async function merge(scene: Scene, visitor: Visitor, from: Visitor, dice: Dice): Promise<void> {
  const { versionMax } = visitor.basket;
  const input = { fromSessionId: from.session };
  const answer = await scene.wire.mutate(visitor, 'cart.merge', input, someWay(dice));
  const isOthers = from.customer !== from.session && from.customer !== visitor.customer;
  const isWrong = isOthers || from.session === visitor.session;
  const about = () => `${visitor.name} merges ${from.name}: ${JSON.stringify(answer)}`;
  scene.faults.unless(isWrong === (!answer.ok && answer.reason === 'invalid_input'), about);
  if (!answer.ok) return;
  for (const { from, to } of answer.value.changes) scene.faults.unless(from > to && to >= 0, about);
  see(scene, visitor, answer.value.cart, versionMax);
}

/** Sells the cart, or begins its payment. An expected total is the price, or nothing is sold. */
export async function checkOut(scene: Scene, visitor: Visitor, how: 'place' | 'begin', dice: Dice): Promise<void> {
  const { wire, orders, faults, payments } = scene;
  const total = visitor.basket.cart?.total ?? null;
  const expected = total && dice.chance(0.5) ? { ...total, amount: total.amount + (dice.chance(0.1) ? 1 : 0) } : null;
  const input = { ...(expected ? { expectedTotal: expected } : {}), contact: { name: visitor.name } };
  const born = (order: Order): void => {
    orders.born(order, visitor, visitor.customer);
    faults.unless(
      !expected || order.total?.amount === expected.amount,
      () => `not what was expected: ${order.orderId}`,
    );
    visitor.basket = { ...newBasket(), versionMax: visitor.basket.versionMax };
    if (how === 'begin' && !scene.isOver) payments.plan(scene, order, visitor, dice);
  };
  const path = how === 'place' ? 'checkout.place' : 'checkout.begin';
  const answer = await wire.mutate(visitor, path, input, someWay(dice), born);
  if (answer.ok || answer.reason !== 'cart_changed') return;
  faults.unless(expected !== null, () => `${path}: no total was expected: ${JSON.stringify(answer.meta)}`);
}

/**
 * Reads an order that some shopper knows. Its session, its customer's sessions and the operator find it, others do not.
 */
export async function readOrder(scene: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const { wire, orders, faults } = scene;
  if (orders.orders.size === 0) return;
  const { first, who, customer } = dice.pick([...orders.orders.values()]);
  const { orderId } = first;
  const reader = dice.weighted([
    [2, who],
    [1, { name: 'operator', server: visitor.server }],
    [1, visitor],
  ]);
  const mayRead = !('customer' in reader) || reader.session === who.session || reader.customer === customer;
  const before = orders.before(orderId);
  const answer = await wire.query(reader, 'orders.get', { orderId });
  faults.unless(answer.ok === mayRead, () => `${orderId} read by ${reader.name}: ${JSON.stringify(answer)}`);
  if (answer.ok) orders.seen(answer.value, before);
}

/** Calls without permission, or for things that do not exist. */
export async function trespass({ wire, faults, orders }: Scene, visitor: Visitor, dice: Dice): Promise<void> {
  const level = await wire.query(visitor, 'stock.level', { sku: someSku(dice) });
  faults.unless(!level.ok && level.reason === 'not_authorized', () => `${visitor.name} reads a level`);
  const unknown = await wire.mutate(visitor, 'cart.add', { sku: 'nowhere', quantity: 1 }, 'once');
  faults.unless(!unknown.ok && unknown.reason === 'unknown_sku', () => `${visitor.name} adds what there is not`);
  const others = [...orders.orders.values()].find(
    ({ who, customer }) => who.session !== visitor.session && customer !== visitor.customer,
  );
  if (!others) return;
  const { orderId } = others.first;
  const cancelled = await wire.mutate(visitor, 'checkout.cancel', { orderId }, 'once');
  faults.unless(!cancelled.ok && cancelled.reason === 'unknown_order', () => `${visitor.name} cancels others' orders`);
}

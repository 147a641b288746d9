import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { createHoldfast, type Holdfast } from '../../../src/shop/holdfast.ts';
import type { Call } from '../../../src/contract/call.ts';
import type { Result } from '../../../src/contract/refusals.ts';
import type { Cart } from '../../../src/contract/cart-outputs.ts';
import type { Order } from '../../../src/contract/order-outputs.ts';
import type { Engine, Opened } from '../../support/engines.ts';
import { emptyFold, foldEntries, violations } from '../../support/fold.ts';
import { audited, OPERATOR, shopper, yes } from '../../support/shop.ts';
import { nothingKnown, seenIn, wholeState } from '../../support/state.ts';
import { START } from '../../support/transactions.ts';
import {
  newShop,
  once,
  passTime,
  type RefAnswer,
  type RefCaller,
  type RefHold,
  type RefShop,
  SETTINGS,
} from './reference-shop.ts';
import { define } from './reference-stock.ts';
import {
  answerTold,
  answerToldBy,
  cartTold,
  cartToldBy,
  levelTold,
  levelToldBy,
  orderTold,
  orderToldBy,
  refusalTold,
  soldByOrders,
  type Told,
} from './reference-views.ts';

/** Two sessions of one customer, one of another, and two of people whom nobody has named. */
export const PEOPLE = [
  { name: 'phone', customer: 'customer:1' },
  { name: 'desk', customer: 'customer:1' },
  { name: 'ben', customer: 'customer:2' },
  { name: 'guest', customer: null },
  { name: 'stranger', customer: null },
].map(({ name, customer }) => {
  const call = shopper(name, customer);
  return { name, cartId: `crt_${name}`, customer, principal: call().caller.principal, call };
});
export const OPERATING = {
  name: 'operator',
  cartId: null,
  customer: null,
  principal: OPERATOR.caller.principal,
  call: (key?: string): Call => (key === undefined ? OPERATOR : { ...OPERATOR, idempotencyKey: key }),
};
export type Person = (typeof PEOPLE)[number];
export type Who = Person | typeof OPERATING;

export const SKUS = ['A', 'B', 'C'] as const;

/** One call, as it is made to the product and as the reference understands it. */
export interface Spoken {
  who: Who;
  key: string | null;
  procedure: string;
  input: object;
  real: (holdfast: Holdfast, call: Call) => Promise<Result<unknown>>;
  reference: (shop: RefShop, who: RefCaller) => RefAnswer;
  /** What is wrong with the input, whatever the shop is like. */
  misuse: RefAnswer | null;
}

/** What a call came to whatever happened right after it: that it was done, or why not. */
const outcomeOf = (result: Result<unknown>): Told => {
  if (!result.ok) return nameless(refusalTold(result.refusal));
  const { granted } = result.value as { granted?: number };
  return { done: true, ...(granted === undefined ? {} : { granted }) };
};

/** An order that is made at the same time has no name yet that the reference could know. */
const nameless = ({ meta, ...told }: Told): Told => ({ ...told, meta: { ...(meta as object), orderId: undefined } });

function outcomeToldBy(shop: RefShop, answer: RefAnswer): Told {
  const told = answerToldBy(shop, answer);
  if ('refused' in told) return nameless(told);
  return { done: true, ...('granted' in told ? { granted: told['granted'] } : {}) };
}

const same = (found: unknown, expected: unknown, what = 'the product, and the reference'): void =>
  expect(found, what).toEqual(expected);

/** The product over one store, and beside it the reference. */
export class LifeWorld implements AsyncDisposable {
  readonly clock = { now: START };
  readonly #engine: Engine;
  readonly #fault: (holdfast: Holdfast) => Partial<Holdfast>;
  #opened!: Opened;
  holdfast!: Holdfast;
  /** Another process, where the engine takes several; else the same one's second set of services. */
  other!: Holdfast;
  reference: RefShop = newShop(START);
  readonly spoken: Spoken[] = [];
  #keys = 0;

  private constructor(engine: Engine, fault: (holdfast: Holdfast) => Partial<Holdfast>) {
    this.#engine = engine;
    this.#fault = fault;
  }

  /** `fault`: what is to be wrong with the services. */
  static async open(engine: Engine, fault: (holdfast: Holdfast) => Partial<Holdfast> = () => ({})): Promise<LifeWorld> {
    const world = new LifeWorld(engine, fault);
    world.#opened = await engine.open(world.clock);
    await world.#serve();
    const EUR = (amount: number) => ({ amount, currency: 'EUR' });
    const skus = [
      { sku: 'A', limitPerCustomer: 4, unitPrice: EUR(500) },
      { sku: 'B', limitPerCustomer: 7, unitPrice: EUR(3), safetyStock: 1 },
      { sku: 'C' },
    ];
    for (const defined of skus) {
      yes(await world.holdfast.stock.define(defined, OPERATOR));
      yes(await world.holdfast.stock.receive({ sku: defined.sku, quantity: 8 }, OPERATOR));
      define(world.reference, defined);
      const sku = world.reference.skus.get(defined.sku);
      if (sku) sku.onHand = 8;
    }
    return world;
  }

  async #serve(): Promise<void> {
    const store = this.#opened.store;
    const second = this.#engine.multiProcess ? await this.#opened.another() : store;
    this.holdfast = this.#faulty(createHoldfast({ store, settings: SETTINGS }));
    this.other = this.#faulty(createHoldfast({ store: second, settings: SETTINGS }));
  }

  #faulty(holdfast: Holdfast): Holdfast {
    return { ...holdfast, ...this.#fault(holdfast) };
  }

  get nextKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  /** All processes end, and others begin on what is stored. */
  async restart(): Promise<void> {
    await this.holdfast.close();
    await this.other.close();
    if (this.#engine.persistent) await this.#opened.reopen();
    await this.#serve();
  }

  /** What only a sweep does, after the product has swept. */
  swept(sweep: (shop: RefShop) => void): void {
    passTime(this.reference, this.clock.now);
    sweep(this.reference);
  }

  /** Makes one call, and compares the answers. */
  async speak(spoken: Spoken): Promise<void> {
    if (spoken.key !== null) this.spoken.push(spoken);
    const result = await this.tell(this.holdfast, spoken);
    const answer = this.understand(this.reference, spoken);
    this.learn(answer, result);
    same(answerTold(result), answerToldBy(this.reference, answer));
  }

  /**
   * Makes two calls at once, in two processes where there are several: both answers, and all that is there afterwards, are
   * as if one of the calls had been first.
   */
  async race(one: Spoken, two: Spoken): Promise<void> {
    const results = await Promise.all([this.tell(this.holdfast, one), this.tell(this.other, two)]);
    const told = results.map(outcomeOf);
    const orders = [
      [0, 1],
      [1, 0],
    ].map((turns) => {
      const shop = structuredClone(this.reference);
      const answers: RefAnswer[] = [];
      for (const turn of turns) answers[turn] = this.understand(shop, turn === 0 ? one : two);
      return { shop, answers, told: answers.map((answer) => outcomeToldBy(shop, answer)) };
    });
    const possible = orders.filter((order) => isDeepStrictEqual(order.told, told));
    if (possible.length === 0) same(told, orders[0]?.told, 'neither may have been first');
    const before = this.reference;
    for (const [index, order] of possible.entries()) {
      this.reference = order.shop;
      try {
        results.forEach((result, turn) => this.learn(order.answers[turn]!, result));
        return await this.compare();
      } catch (error) {
        if (index === possible.length - 1) throw error;
        this.reference = before;
      }
    }
  }

  tell(holdfast: Holdfast, { real, who, key }: Spoken): Promise<Result<unknown>> {
    return real(holdfast, who.call(key ?? undefined));
  }

  understand(shop: RefShop, { who, key, procedure, input, reference, misuse }: Spoken): RefAnswer {
    passTime(shop, this.clock.now);
    if (misuse) return misuse;
    const print = `${procedure} ${JSON.stringify(input)}`;
    return once(shop, { principal: who.principal, key, print }, () => reference(shop, who));
  }

  /** The names that the product gave to orders and holds; a hold that goes on keeps its name. */
  learn(answer: RefAnswer, result: Result<unknown>): void {
    if (!result.ok) return;
    const value = result.value as Partial<Order> & Partial<Cart> & { cart?: Cart };
    if ('order' in answer && value.orderId !== undefined) {
      answer.order.id ??= value.orderId;
      same(value.orderId, answer.order.id);
    }
    const cart = value.cart ?? (value.cartId === undefined ? null : (value as Cart));
    if (cart) this.#learnHolds(cart);
  }

  /** Names that were learnt in an order of things that was not so are of a copy, and went with it. */
  #learnHolds({ cartId, lines }: Cart): void {
    const known = this.reference.carts.get(cartId)?.lines ?? [];
    for (const { sku, holdId } of lines) {
      const hold = known.find((line) => line.sku === sku)?.hold;
      if (!hold) continue;
      if (hold.id === null) same(this.holdNamed(holdId), undefined);
      hold.id ??= holdId;
      same(holdId, hold.id, `the hold of ${sku} in ${cartId}`);
    }
  }

  holdNamed(id: string): RefHold | undefined {
    return this.reference.holds.find((hold) => hold.id === id);
  }

  /** Everything that can be seen of the shop is as the reference has it. */
  async compare(): Promise<void> {
    passTime(this.reference, this.clock.now);
    const { carts, stock, orders } = this.holdfast;
    for (const { cartId, call } of PEOPLE) {
      const cart = yes(await carts.get({}, call()));
      this.#learnHolds(cart);
      same(cartTold(cart), cartToldBy(this.reference, cartId));
    }
    const levels = await Promise.all(SKUS.map((sku) => stock.level({ sku })));
    const toldLevels = levels.map((level) => levelTold(yes(level)));
    same(
      toldLevels,
      SKUS.map((sku) => levelToldBy(this.reference, sku)),
    );
    const known = this.reference.orders;
    const found = await Promise.all(known.map(({ id }) => orders.get({ orderId: id ?? '' }, OPERATOR)));
    const told = found.map((order): Told => (order.ok ? orderTold(order.value) : { refused: order.refusal.reason }));
    same(
      told,
      known.map((order) => (order.isForgotten ? { refused: 'unknown_order' } : orderToldBy(order))),
    );
  }

  /** The audit is content, and the ledger explains every unit: those on hand, those held, and those sold. */
  async settle(): Promise<void> {
    await this.compare();
    const audit = await audited(this.holdfast);
    same(audit.violations, []);
    const known = nothingKnown();
    for (const sku of SKUS) known.skus.add(sku);
    for (const { cartId } of PEOPLE) known.documents.add(`cart:${cartId}`);
    for (const { id } of this.reference.orders) known.documents.add(`order:${id}`);
    const state = await wholeState(this.#opened.store, known);
    const fold = emptyFold();
    same([...foldEntries(fold, state.ledger), ...violations(fold, seenIn(state))], []);
    for (const sku of SKUS) {
      const folded = fold.skus.get(sku);
      same(
        [sku, folded?.onHand, folded?.sold],
        [sku, this.reference.skus.get(sku)?.onHand, soldByOrders(this.reference, sku)],
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.holdfast.close();
    await this.other.close();
    await this.#opened[Symbol.asyncDispose]();
  }
}

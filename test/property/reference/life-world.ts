import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { createHoldfast, type Holdfast } from '../../../src/shop/holdfast.ts';
import type { Call, Result } from '../../../src/contract/calls/call.ts';
import type { Cart } from '../../../src/contract/outputs/cart-outputs.ts';
import type { Order } from '../../../src/contract/outputs/order-outputs.ts';
import type { Reservation } from '../../../src/contract/outputs/reservation-outputs.ts';
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
import { compareReservations } from './compared-reservations.ts';
import { define } from './reference-stock.ts';
import {
  observedAnswer,
  expectedAnswer,
  observedCart,
  expectedCart,
  observedLevel,
  expectedLevel,
  observedOrder,
  expectedOrder,
  comparableRefusal,
  soldByOrders,
  type Comparable,
} from './reference-views.ts';

/** Two sessions of one customer, one of another, and two anonymous ones. */
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
export const REFERENCES = ['po-1', 'po-2'] as const;

/** One call, for the product and for the reference. */
export interface DrawnCall {
  who: Who;
  key: string | null;
  procedure: string;
  input: object;
  real: (holdfast: Holdfast, call: Call) => Promise<Result<unknown>>;
  reference: (shop: RefShop, who: RefCaller) => RefAnswer;
  /** The refusal of an input that is invalid in any state of the shop, or null. */
  misuse: RefAnswer | null;
}

/** Returns the part of an answer that does not depend on the state after the call: success, or the refusal. */
const observedOutcome = (result: Result<unknown>): Comparable => {
  if (!result.ok) return nameless(comparableRefusal(result.refusal));
  const { granted } = result.value as { granted?: number };
  return { done: true, ...(granted === undefined ? {} : { granted }) };
};

/** Removes the id of an order. The reference does not know it if a concurrent call creates the order. */
const nameless = ({ meta, ...rest }: Comparable): Comparable => ({
  ...rest,
  meta: { ...(meta as object), orderId: undefined },
});

function expectedOutcome(shop: RefShop, answer: RefAnswer): Comparable {
  const expected = expectedAnswer(shop, answer);
  if ('refused' in expected) return nameless(expected);
  return { done: true, ...('granted' in expected ? { granted: expected['granted'] } : {}) };
}

const same = (found: unknown, expected: unknown, what = 'the product and the reference'): void =>
  expect(found, what).toEqual(expected);

/** The product on one store, and the reference. */
export class LifeWorld implements AsyncDisposable {
  readonly clock = { now: START };
  readonly #engine: Engine;
  readonly #fault: (holdfast: Holdfast) => Partial<Holdfast>;
  #opened!: Opened;
  holdfast!: Holdfast;
  /** The services of another process if the engine supports several, else other services in the same process. */
  other!: Holdfast;
  reference: RefShop = newShop(START);
  readonly keyedCalls: DrawnCall[] = [];
  #keys = 0;

  private constructor(engine: Engine, fault: (holdfast: Holdfast) => Partial<Holdfast>) {
    this.#engine = engine;
    this.#fault = fault;
  }

  /** Opens a world. `fault` replaces methods of the services with faulty ones. */
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

  /** Ends all processes, and starts others on the stored data. */
  async restart(): Promise<void> {
    await this.holdfast.close();
    await this.other.close();
    if (this.#engine.persistent) await this.#opened.reopen();
    await this.#serve();
  }

  /** Applies the effects of a sweep to the reference, after a sweep of the product. */
  swept(sweep: (shop: RefShop) => void): void {
    passTime(this.reference, this.clock.now);
    sweep(this.reference);
  }

  /** Performs one call on both, and compares the answers. */
  async callBoth(drawn: DrawnCall): Promise<void> {
    if (drawn.key !== null) this.keyedCalls.push(drawn);
    const result = await this.callProduct(this.holdfast, drawn);
    const answer = this.callReference(this.reference, drawn);
    this.recordIds(answer, result);
    same(observedAnswer(result), expectedAnswer(this.reference, answer));
  }

  /**
   * Performs two concurrent calls, in two processes if there are several. Both answers and the state afterwards must
   * equal those of one of the two orders.
   */
  async race(one: DrawnCall, two: DrawnCall): Promise<void> {
    const results = await Promise.all([this.callProduct(this.holdfast, one), this.callProduct(this.other, two)]);
    const observed = results.map(observedOutcome);
    const orders = [
      [0, 1],
      [1, 0],
    ].map((turns) => {
      const shop = structuredClone(this.reference);
      const answers: RefAnswer[] = [];
      for (const turn of turns) answers[turn] = this.callReference(shop, turn === 0 ? one : two);
      return { shop, answers, expected: answers.map((answer) => expectedOutcome(shop, answer)) };
    });
    const possible = orders.filter((order) => isDeepStrictEqual(order.expected, observed));
    if (possible.length === 0) same(observed, orders[0]?.expected, 'the answers fit neither order of the two calls');
    const before = this.reference;
    for (const [index, order] of possible.entries()) {
      this.reference = order.shop;
      try {
        results.forEach((result, turn) => this.recordIds(order.answers[turn]!, result));
        return await this.compare();
      } catch (error) {
        if (index === possible.length - 1) throw error;
        this.reference = before;
      }
    }
  }

  callProduct(holdfast: Holdfast, { real, who, key }: DrawnCall): Promise<Result<unknown>> {
    return real(holdfast, who.call(key ?? undefined));
  }

  callReference(shop: RefShop, { who, key, procedure, input, reference, misuse }: DrawnCall): RefAnswer {
    passTime(shop, this.clock.now);
    if (misuse) return misuse;
    const print = `${procedure} ${JSON.stringify(input)}`;
    return once(shop, { principal: who.principal, key, print }, () => reference(shop, who));
  }

  /** Records the ids that the product gave to orders and holds. A hold that continues keeps its id. */
  recordIds(answer: RefAnswer, result: Result<unknown>): void {
    if (!result.ok) return;
    const value = result.value as Partial<Order> & Partial<Cart> & { cart?: Cart };
    if ('order' in answer && value.orderId !== undefined) {
      answer.order.id ??= value.orderId;
      same(value.orderId, answer.order.id);
    }
    if ('reservation' in answer) answer.reservation.id ??= (result.value as Reservation).reservationId;
    const cart = value.cart ?? (value.cartId === undefined ? null : (value as Cart));
    if (cart) this.#recordHoldIds(cart);
  }

  /** Ids that belong to the other order of a race are recorded in a copy of the reference, which is discarded. */
  #recordHoldIds({ cartId, lines }: Cart): void {
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

  /** Compares all carts, levels and orders with the reference. */
  async compare(): Promise<void> {
    passTime(this.reference, this.clock.now);
    const { carts, stock, orders } = this.holdfast;
    for (const { cartId, call } of PEOPLE) {
      const cart = yes(await carts.get({}, call()));
      this.#recordHoldIds(cart);
      same(observedCart(cart), expectedCart(this.reference, cartId));
    }
    const levels = await Promise.all(SKUS.map((sku) => stock.level({ sku })));
    const observedLevels = levels.map((level) => observedLevel(yes(level)));
    same(
      observedLevels,
      SKUS.map((sku) => expectedLevel(this.reference, sku)),
    );
    await compareReservations(this.holdfast, this.reference, REFERENCES);
    const known = this.reference.orders;
    const found = await Promise.all(known.map(({ id }) => orders.get({ orderId: id ?? '' }, OPERATOR)));
    const observed = found.map(
      (order): Comparable => (order.ok ? observedOrder(order.value) : { refused: order.refusal.reason }),
    );
    same(
      observed,
      known.map((order) => (order.isForgotten ? { refused: 'unknown_order' } : expectedOrder(order))),
    );
  }

  /** Requires an audit without violations, and a ledger that accounts for all units on hand, held and sold. */
  async settle(): Promise<void> {
    await this.compare();
    const audit = await audited(this.holdfast);
    same(audit.violations, []);
    const known = nothingKnown();
    for (const sku of SKUS) known.skus.add(sku);
    for (const { cartId } of PEOPLE) known.documents.add(`cart:${cartId}`);
    for (const { id } of this.reference.orders) known.documents.add(`order:${id}`);
    for (const { id } of this.reference.reservations) known.documents.add(`reservation:${id}`);
    // A read of overdue holds has them ended in the background. Records and ledger are read after that.
    await this.#opened.store.reclaim({ limit: 1_000 });
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

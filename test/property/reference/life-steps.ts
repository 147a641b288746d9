import * as fc from 'fast-check';
import { callerFor, calls, pick } from './life-calls.ts';
import { type LifeWorld, OPERATING, PEOPLE, type Person, REFERENCES, SKUS, type DrawnCall } from './life-world.ts';
import { isSold, sweep, type RefShop } from './reference-shop.ts';

/** The steps of a life. They refer to orders and holds by `nth`, which is resolved when the step is performed. */

/** Prints a person as a name in a counterexample. */
const named = (person: Person) => Object.assign(person, { [fc.toStringMethod]: () => person.name });
export const person = fc.constantFrom(...PEOPLE.map(named));
export const sku = fc.constantFrom(...SKUS);
const someSku = fc.constantFrom(...SKUS, ...SKUS, 'none');
export const units = fc.integer({ min: 1, max: 5 });
/** Recent orders and holds are drawn most often. */
const nth = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 5);
const isKeyed = fc.boolean();
const reference = fc.constantFrom(...REFERENCES);
const ttlMs = fc.constantFrom(60, 100, 1_000, null);

type Drawn<F> = { [K in keyof F]: fc.Arbitrary<F[K]> };
const draw = <D extends string, F extends object>(weight: number, does: D, fields: Drawn<F>) => ({
  weight,
  arbitrary: fc.record(fields).map((drawn) => ({ does, ...drawn })),
});

const call = fc.oneof(
  draw(10, 'add', {
    person,
    sku: someSku,
    units,
    mode: fc.constantFrom('exact' as const, 'best_effort' as const),
    isKeyed,
  }),
  draw(3, 'set', { person, sku: someSku, units: fc.nat(7), isKeyed }),
  draw(1, 'remove', { person, sku, isKeyed }),
  draw(1, 'clear', { person, isKeyed }),
  draw(2, 'extend', { person, isKeyed }),
  draw(4, 'merge', { person, from: person, isKeyed }),
  draw(2, 'place', { person, expected: fc.constantFrom(null, null, 500, 1_500) }),
  draw(6, 'begin', { person, paymentWindowMs: fc.constantFrom(null, 30, 100, 1_000, 1_001) }),
  draw(6, 'confirm', { nth, paymentReference: fc.constantFrom('pay-1', 'pay-1', 'pay-2'), isKeyed }),
  draw(1, 'lapse', { nth, isKeyed }),
  draw(4, 'cancel', {
    nth,
    by: fc.constantFrom('own' as const, 'own' as const, 'operator' as const, 'other' as const),
    restoreCart: fc.boolean(),
    isKeyed,
  }),
  draw(3, 'giveBack', {
    nth,
    skus: fc.array(sku, { minLength: 1, maxLength: 2 }),
    units: fc.integer({ min: 1, max: 3 }),
    restock: fc.boolean(),
  }),
  draw(5, 'fulfil', { nth, sku: fc.option(someSku), units: fc.integer({ min: 1, max: 3 }), isKeyed }),
  draw(2, 'cancelLine', { nth, sku: someSku, units: fc.integer({ min: 1, max: 3 }), isKeyed }),
  draw(3, 'setLine', { nth, sku, units: fc.integer({ min: 1, max: 8 }), isKeyed }),
  draw(6, 'reserve', {
    reference,
    lines: fc.array(fc.record({ sku: someSku, quantity: units }), { minLength: 1, maxLength: 2 }),
    isBestEffort: fc.boolean(),
    ttlMs,
    isCustomers: fc.boolean(),
    isKeyed,
  }),
  draw(4, 'commit', { nth, isKeyed }),
  draw(1, 'keep', { nth, ttlMs, isKeyed }),
  draw(1, 'rename', { nth, reference, isKeyed }),
  draw(4, 'resize', { nth, sku: someSku, units: fc.nat(7), isKeyed }),
  draw(4, 'dispatch', { nth, sku: fc.option(someSku), units: fc.integer({ min: 1, max: 3 }), isKeyed }),
  draw(2, 'unreserve', { nth, sku: fc.option(someSku), units: fc.integer({ min: 1, max: 3 }), isKeyed }),
  draw(1, 'release', { nth, isKeyed }),
  draw(1, 'receive', { sku: someSku, units, isKeyed }),
  draw(1, 'adjust', { sku: someSku, delta: fc.integer({ min: -6, max: 3 }), isKeyed }),
  draw(1, 'count', { sku: someSku, onHand: fc.nat(9), isExpected: fc.boolean(), isKeyed }),
  draw(1, 'limit', { sku, limit: fc.constantFrom(null, 2, 4, 7) }),
  draw(1, 'price', { sku, amount: fc.constantFrom(null, 500, 900) }),
  draw(1, 'safety', { sku, units: fc.nat(3) }),
);
export type Plan = typeof call extends fc.Arbitrary<infer T> ? T : never;
export type PlanOf<D extends Plan['does']> = Extract<Plan, { does: D }>;

/** Time passes by a few milliseconds, or to a deadline: exactly, just before or just after it. */
const wait = draw(9, 'wait', {
  byMs: fc.constantFrom(1, 20, 60, 99, 101, 360),
  deadline: fc.option(fc.record({ nth, offBy: fc.constantFrom(-1, 0, 1) })),
});
export const anyStep = fc.oneof(
  { weight: 48, arbitrary: call },
  wait,
  draw(3, 'sweep', {}),
  draw(1, 'restart', {}),
  draw(3, 'look', {}),
  draw(4, 'again', { nth }),
  draw(1, 'sameKey', { nth, sku }),
  draw(1, 'years', {}),
  draw(4, 'race', { calls: fc.tuple(call, call) }),
);
export type LifeStep = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

const MAKE: { [D in Plan['does']]: (world: LifeWorld, plan: PlanOf<D>) => DrawnCall } = {
  add: (world, { person, sku, units: quantity, mode, isKeyed }) =>
    calls.add(person, keyFor(world, isKeyed), { sku, quantity, mode }),
  set: (world, { person, sku, units: quantity, isKeyed }) =>
    calls.set(person, keyFor(world, isKeyed), { sku, quantity }),
  remove: (world, { person, sku, isKeyed }) => calls.remove(person, keyFor(world, isKeyed), { sku }),
  clear: (world, { person, isKeyed }) => calls.clear(person, keyFor(world, isKeyed), {}),
  extend: (world, { person, isKeyed }) => calls.extend(person, keyFor(world, isKeyed), {}),
  merge: (world, { person, from: { cartId, customer }, isKeyed }) =>
    calls.merge(person, keyFor(world, isKeyed), { from: { cartId, customer } }),
  place: (world, { person, expected }) => {
    const expectedTotal = expected === null ? {} : { expectedTotal: { amount: expected, currency: 'EUR' } };
    return calls.place(person, world.nextKey, expectedTotal);
  },
  begin: (world, { person, paymentWindowMs }) =>
    calls.begin(person, world.nextKey, paymentWindowMs === null ? {} : { paymentWindowMs }),
  confirm: (world, { nth, paymentReference, isKeyed }) =>
    calls.confirm(OPERATING, keyFor(world, isKeyed), { orderId: orderId(world, nth), paymentReference }),
  lapse: (world, { nth, isKeyed }) => calls.lapse(OPERATING, keyFor(world, isKeyed), { orderId: orderId(world, nth) }),
  cancel: (world, { nth, by, restoreCart, isKeyed }) => {
    const who = callerFor(pick(world.reference.orders, nth), by);
    return calls.cancel(who, keyFor(world, isKeyed), { orderId: orderId(world, nth), restoreCart });
  },
  giveBack: (world, { nth, skus, units: quantity, restock }) => {
    const order = soldOrder(world, nth);
    const lines = skus.map((sku) => ({ sku, quantity }));
    return calls.giveBack(OPERATING, world.nextKey, {
      orderId: order?.id ?? 'ord_none',
      lines,
      restock,
      reason: 'back',
    });
  },
  fulfil: (world, { nth, sku, units: quantity, isKeyed }) => {
    const lines = sku === null ? {} : { lines: [{ sku, quantity }] };
    return calls.fulfil(OPERATING, keyFor(world, isKeyed), { orderId: soldId(world, nth), ...lines });
  },
  cancelLine: (world, { nth, sku, units: quantity, isKeyed }) =>
    calls.cancelLine(OPERATING, keyFor(world, isKeyed), { orderId: soldId(world, nth), sku, quantity, reason: 'r' }),
  setLine: (world, { nth, sku, units: quantity, isKeyed }) =>
    calls.setLine(OPERATING, keyFor(world, isKeyed), { orderId: soldId(world, nth), sku, quantity, reason: 'r' }),
  reserve: (world, { reference, lines, isBestEffort, ttlMs, isCustomers, isKeyed }) =>
    calls.reserve(OPERATING, keyFor(world, isKeyed), {
      reference,
      lines: isBestEffort ? lines.slice(0, 1).map((line) => ({ ...line, mode: 'best_effort' as const })) : lines,
      ttlMs,
      ...(isCustomers ? { customer: 'ada' } : {}),
    }),
  commit: (world, { nth, isKeyed }) => calls.commit(OPERATING, keyFor(world, isKeyed), reserved(world, nth)),
  keep: (world, { nth, ttlMs, isKeyed }) =>
    calls.keep(OPERATING, keyFor(world, isKeyed), { ...reserved(world, nth), ttlMs }),
  rename: (world, { nth, reference, isKeyed }) =>
    calls.rename(OPERATING, keyFor(world, isKeyed), { ...reserved(world, nth), reference }),
  resize: (world, { nth, sku, units: quantity, isKeyed }) =>
    calls.resize(OPERATING, keyFor(world, isKeyed), { ...reserved(world, nth), lines: [{ sku, quantity }] }),
  dispatch: (world, { nth, isKeyed, ...line }) =>
    calls.dispatch(OPERATING, keyFor(world, isKeyed), { ...reserved(world, nth), ...someLines(line) }),
  unreserve: (world, { nth, isKeyed, ...line }) =>
    calls.unreserve(OPERATING, keyFor(world, isKeyed), { ...reserved(world, nth), ...someLines(line) }),
  release: (world, { nth, isKeyed }) => {
    const known = world.reference.holds.filter(({ id }) => id !== null);
    const holdId = pick(known.toReversed(), nth)?.id ?? 'hld_none';
    return calls.release(OPERATING, keyFor(world, isKeyed), { holdId, reason: 'found broken' });
  },
  receive: (world, { sku, units: quantity, isKeyed }) =>
    calls.receive(OPERATING, keyFor(world, isKeyed), { sku, quantity }),
  adjust: (world, { sku, delta, isKeyed }) =>
    calls.adjust(OPERATING, keyFor(world, isKeyed), { sku, delta: delta || 1, reason: 'counted again' }),
  count: (world, { sku, onHand, isExpected, isKeyed }) => {
    const expectedOnHand = world.reference.skus.get(sku)?.onHand ?? 0;
    const expected = isExpected ? { expectedOnHand: expectedOnHand + (onHand % 2) } : {};
    return calls.count(OPERATING, keyFor(world, isKeyed), { sku, onHand, ...expected });
  },
  limit: (_, { sku, limit }) => calls.define(OPERATING, null, { sku, limitPerCustomer: limit }),
  price: (_, { sku, amount }) =>
    calls.define(OPERATING, null, { sku, unitPrice: amount === null ? null : { amount, currency: 'EUR' } }),
  safety: (_, { sku, units: safetyStock }) => calls.define(OPERATING, null, { sku, safetyStock }),
};

const keyFor = (world: LifeWorld, isKeyed: boolean): string | null => (isKeyed ? world.nextKey : null);

/** Returns an order with sold units, if there is one. */
const soldOrder = ({ reference: { orders } }: LifeWorld, nth: number) =>
  pick(orders.filter(isSold), nth) ?? pick(orders, nth);
const soldId = (world: LifeWorld, nth: number): string => soldOrder(world, nth)?.id ?? 'ord_none';

const reserved = ({ reference: { reservations } }: LifeWorld, nth: number): { reservationId: string } => ({
  reservationId: pick(reservations.toReversed(), nth)?.id ?? 'res_none',
});
const someLines = ({ sku, units: quantity }: { sku: string | null; units: number }) =>
  sku === null ? {} : { lines: [{ sku, quantity }] };

const orderId = ({ reference }: LifeWorld, nth: number): string =>
  pick(reference.orders.toReversed(), nth)?.id ?? 'ord_none';

export function make(world: LifeWorld, plan: Plan): DrawnCall {
  const maker = MAKE[plan.does] as (world: LifeWorld, plan: Plan) => DrawnCall;
  return maker(world, plan);
}

/** Returns the future deadlines of holds, carts and kept orders. */
function deadlines({ holds, carts, orders, reservations, now }: RefShop): number[] {
  const all = [
    ...holds.filter(({ end }) => end === null).flatMap(({ expiresAt, createdAt }) => [expiresAt, createdAt + 350]),
    ...[...carts.values()].map(({ dueAt }) => dueAt),
    ...[...orders, ...reservations].flatMap(({ forgetAt }) => (forgetAt === null ? [] : [forgetAt])),
  ];
  return all.filter((at) => at > now && at < Infinity).sort((a, b) => a - b);
}

export async function perform(world: LifeWorld, step: LifeStep): Promise<void> {
  switch (step.does) {
    case 'wait': {
      const { byMs, deadline } = step;
      const at = deadline && pick(deadlines(world.reference), deadline.nth);
      world.clock.now = Math.max(world.clock.now, at ? at + (deadline?.offBy ?? 0) : world.clock.now + byMs);
      return;
    }
    case 'years':
      world.clock.now += 2_500;
      return;
    case 'sweep':
      await world.holdfast.expiry.sweepNow();
      return world.swept(sweep);
    case 'restart':
      return world.restart();
    case 'look':
      return world.compare();
    case 'again': {
      const drawn = pick(world.keyedCalls.toReversed(), step.nth);
      return drawn ? world.callBoth(drawn) : undefined;
    }
    case 'sameKey': {
      const drawn = pick(world.keyedCalls.toReversed(), step.nth);
      const { sku } = step;
      return drawn ? world.callBoth(anotherCall(drawn, sku)) : undefined;
    }
    case 'race': {
      const [one, two] = step.calls;
      return world.race(make(world, one), make(world, two));
    }
    default: {
      return world.callBoth(make(world, step));
    }
  }
}

/** A mistake of a client: it reuses the key of another call. */
const anotherCall = ({ who, key }: DrawnCall, sku: string): DrawnCall =>
  who.cartId === null ? calls.receive(who, key, { sku, quantity: 1 }) : calls.remove(who, key, { sku });

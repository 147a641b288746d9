import * as fc from 'fast-check';
import { type CallPlan, PLACES, SHOPPERS, SKUS, STOCKED } from './call-plans.ts';
import type { Sourced } from './place-shop.ts';

/** The steps of a life with several locations, which fast-check draws. */

const who = fc.constantFrom(...SHOPPERS);
const sku = fc.constantFrom(...SKUS);
const stocked = fc.constantFrom(...STOCKED);
const location = fc.constantFrom(...PLACES);
const quantity = fc.integer({ min: 1, max: 6 });
/** Recent orders, reservations and transfers are drawn most often. */
const nth = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3);
const line = fc.record({ sku, quantity });
const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 2, selector: (each) => each.sku });
const few = fc.integer({ min: 1, max: 3 });
const maybeLine = fc.option(fc.record({ sku, quantity: few }));
const locatedLine = fc.record({ sku, quantity: few, location }, { requiredKeys: ['sku', 'quantity'] });

const fewLines = fc.uniqueArray(fc.record({ sku: stocked, quantity: few }), {
  minLength: 1,
  maxLength: 2,
  selector: (each) => each.sku,
});
const maybeLocatedLine = fc.option(locatedLine);

const how: fc.Arbitrary<Sourced> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        channel: fc.constantFrom('web' as const, 'pos' as const),
        locations: fc.shuffledSubarray([...PLACES], { minLength: 1 }),
        sourcing: fc.constantFrom('priority' as const, 'fewest_parcels' as const),
      },
      { requiredKeys: [] },
    ),
  },
);

const isApt = fc.constantFrom(true, true, true, true, false);
type Drawn<F> = { [K in keyof F]: fc.Arbitrary<F[K]> };
type WeightedCall = fc.WeightedArbitrary<CallPlan>;
const draw = <D extends string, F extends object>(weight: number, does: D, fields: Drawn<F>) => ({
  weight,
  arbitrary: fc.tuple(isApt, fc.record(fields)).map(([isApt, drawn]) => ({ does, isApt, ...drawn })),
});

/** Calls that take units of the locations that they choose. */
const taking: WeightedCall[] = [
  draw(10, 'add', { who, sku, quantity, mode: fc.constantFrom('exact' as const, 'best_effort' as const), how }),
  draw(6, 'place', { who, items: fc.oneof(fc.constant([]), lines), how }),
  draw(7, 'reserve', { lines, isBest: fc.boolean(), ttlMs: fc.constantFrom(40, 200, null), how }),
];
/** Calls that make no units available. */
const keeping: WeightedCall[] = [
  draw(4, 'begin', { who, windowMs: fc.constantFrom(60, 200) }),
  draw(5, 'fulfil', { nth, line: maybeLocatedLine }),
  draw(4, 'commit', { nth }),
  draw(3, 'dispatch', { nth, line: maybeLine }),
  draw(6, 'send', { nth }),
];
const freeing: WeightedCall[] = [
  draw(1, 'cancel', { nth }),
  draw(1, 'remove', { who, sku }),
  draw(2, 'cancelLine', { nth, sku, quantity: few }),
  draw(5, 'giveBack', { nth, line: locatedLine, restock: fc.boolean() }),
  draw(3, 'release', { nth, line: maybeLine }),
  draw(8, 'receive', { sku: stocked, location, quantity }),
  draw(1, 'adjust', { sku: stocked, location, delta: fc.constantFrom(-4, -2, -1, 1, 3) }),
  draw(6, 'arrive', { nth, sku: stocked, quantity: few, lost: fc.constantFrom(0, 0, 1) }),
  draw(1, 'callOff', { nth }),
];
const others: WeightedCall[] = [
  draw(6, 'pay', { nth }),
  draw(5, 'set', { who, sku, quantity: fc.nat(9), how }),
  draw(3, 'setLine', { nth, sku, quantity: fc.integer({ min: 1, max: 9 }), how }),
  draw(4, 'resize', { nth, sku, quantity: fc.nat(9) }),
  draw(1, 'count', { sku: stocked, location, onHand: fc.nat(9) }),
  draw(2, 'define', { sku: stocked, location, safetyStock: fc.nat(3) }),
  draw(3, 'define', { sku: stocked, location, backorderLimit: fc.constantFrom(null, 2, 5, 9) }),
  draw(5, 'draft', { from: location, to: location, lines: fewLines }),
  draw(2, 'move', { id: location, active: fc.boolean(), priority: fc.constantFrom(10, 100, 200) }),
];
const call = fc.oneof(...taking, ...keeping, ...freeing, ...others);

/**
 * Two calls at once. One that chooses locations does not race with one that makes units available: it may get the new
 * units at the locations that it chose before, which is the result of neither order of the two.
 */
const race = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.oneof(...taking), fc.oneof(...taking, ...keeping)) },
  { weight: 2, arbitrary: fc.tuple(fc.oneof(...freeing), fc.oneof(...freeing, ...keeping)) },
);

const step = fc.oneof(
  { weight: 40, arbitrary: call },
  draw(4, 'wait', { byMs: fc.constantFrom(20, 60, 99, 101, 300) }),
  draw(5, 'sweep', {}),
  draw(1, 'restart', {}),
  draw(6, 'race', { calls: race }),
);
export type LocatedStep = typeof step extends fc.Arbitrary<infer T> ? T : never;

export const locatedLife = fc.array(step, { maxLength: 100, size: 'max' });

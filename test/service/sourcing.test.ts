import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, source, candidateUnits } from '../../src/shop/stock/supply/sourcing.ts';
import { SOURCINGS } from '../../src/contract/settings.ts';

const stock = (...available: number[]): Candidate[] =>
  available.map((units, at) => ({ key: `cup@l${at}`, available: units }));
const exactly = (units: number) => ({ min: units, want: units });
/** The units taken from each location, in its order. */
const taken = (
  candidates: readonly Candidate[],
  range: { min: number; want: number },
  by: (typeof SOURCINGS)[number],
) => {
  const found = source(candidates, range, by);
  return found && candidates.map(({ key }) => found.find((each) => each.key === key)?.units ?? 0);
};

describe('sourcing', () => {
  test('by priority takes from the first location what it has, and the rest from the next', () => {
    expect(taken(stock(10, 15), exactly(13), 'priority')).toEqual([10, 3]);
    expect(taken(stock(0, 15, 3), exactly(16), 'priority')).toEqual([0, 15, 1]);
    expect(taken(stock(10, 15), exactly(26), 'priority')).toBeNull();
    expect(taken(stock(10, 15), { min: 1, want: 26 }, 'priority')).toEqual([10, 15]);
    expect(taken([], exactly(1), 'priority')).toBeNull();
  });

  test('with the fewest parcels takes from one location if it has all, else from the largest ones', () => {
    expect(taken(stock(10, 15), exactly(13), 'fewest_parcels')).toEqual([0, 13]);
    expect(taken(stock(4, 20, 30), exactly(13), 'fewest_parcels')).toEqual([0, 13, 0]);
    expect(taken(stock(4, 5, 9, 8), exactly(16), 'fewest_parcels')).toEqual([0, 0, 9, 7]);
    const used = stock(4, 20).map((each, at) => ({ ...each, isUsed: at === 0 }));
    expect(taken(used, exactly(3), 'fewest_parcels')).toEqual([3, 0]);
  });

  const candidates = fc
    .array(fc.record({ available: fc.nat(12), isUsed: fc.boolean() }), { maxLength: 7 })
    .map((all) => all.map((each, at): Candidate => ({ ...each, key: `cup@l${at}` })));
  const ranges = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));

  test.each(SOURCINGS)('by %s takes what there is up to the wanted units, from each location once', (by) => {
    fc.assert(
      fc.property(candidates, ranges, (given, [a, b]) => {
        const range = { min: Math.min(a, b), want: Math.max(a, b) };
        const found = source(given, range, by);
        const total = candidateUnits(given);
        expect(found === null).toBe(total < range.min);
        if (!found) return;
        const units = new Map(found.map((each) => [each.key, each.units]));
        expect(units.size).toBe(found.length);
        expect([...units.values()].reduce((sum, each) => sum + each, 0)).toBe(Math.min(range.want, total));
        for (const [key, each] of units) {
          expect(each).toBeGreaterThan(0);
          expect(each).toBeLessThanOrEqual(given.find((one) => one.key === key)?.available ?? 0);
        }
        expect(source(given, range, by)).toEqual(found);
      }),
    );
  });

  test('with the fewest parcels needs no more further locations than the best choice of them', () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 1, max: 40 }), (given, want) => {
        const found = source(given, exactly(want), 'fewest_parcels');
        if (!found) return;
        const parcels = found.filter(({ key }) => !given.find((each) => each.key === key)?.isUsed).length;
        const free = given.filter(({ isUsed }) => !isUsed);
        const used = candidateUnits(given) - candidateUnits(free);
        let best = Infinity;
        for (let chosen = 0; chosen < 2 ** free.length; chosen += 1) {
          const some = free.filter((_, at) => (chosen >> at) & 1);
          if (used + candidateUnits(some) >= want) best = Math.min(best, some.length);
        }
        expect(parcels).toBe(best);
      }),
    );
  });

  test('by priority takes nothing from a location while an earlier one has units', () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 1, max: 40 }), (given, want) => {
        const units = taken(given, exactly(want), 'priority');
        if (!units) return;
        const last = units.findLastIndex((each) => each > 0);
        for (const [at, each] of given.slice(0, last).entries()) expect(units[at]).toBe(each.available);
      }),
    );
  });
});

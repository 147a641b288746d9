import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { PairTally, SecondsTally } from '../../src/server/observability/tallies.ts';

const BUCKETS = [0.001, 0.0025, 0.5, 10];
const described = { name: 'seconds', help: 'Time to do it', buckets: BUCKETS };

/** On a bound, near one, and far above all. */
const seconds = fc.oneof(
  fc.constantFrom(0, ...BUCKETS, 0.001_000_1, 11, 1e6),
  fc.double({ min: 0, max: 20, noNaN: true }),
);
const labelled = fc.constantFrom('cart.add', 'cart.get', 'with "quotes"\\ and \n');

test.each(['procedure', null])('a tally with the label %s has the output of prom-client’s histogram', async (label) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(labelled, seconds)), async (observed) => {
      const [own, theirs] = [new Registry(), new Registry()];
      const tally = new SecondsTally({ registry: own, label, ...described });
      const labelNames = label === null ? [] : [label];
      const histogram = new Histogram({ registers: [theirs], labelNames, ...described });
      for (const [value, took] of observed) {
        tally.observe(label === null ? '' : value, took);
        if (label === null) histogram.observe(took);
        else histogram.observe({ [label]: value }, took);
      }
      expect(await own.metrics()).toBe(await theirs.metrics());
    }),
  );
});

test('counts pairs separately', () => {
  const tally = new PairTally();
  const counted = [
    ['a', 'ok'],
    ['a', 'bad'],
    ['b', 'ok'],
    ['a', 'ok'],
  ] as const;
  for (const [first, second] of counted) tally.count(first, second);
  expect([...tally]).toEqual([
    ['a', 'ok', 2],
    ['a', 'bad', 1],
    ['b', 'ok', 1],
  ]);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchFiller, type Batchable } from '../../src/actor/batch-filler.ts';
import { type BatcherLimits, batcherLimits } from '../../src/actor/batcher-limits.ts';
import { Queues } from '../../src/actor/queues.ts';

interface Thing extends Batchable {
  readonly name: string;
}

interface Load {
  name: string;
  address?: string | null;
  steps?: number;
  bytes?: number;
  count?: number;
}

function filled(limits: Partial<BatcherLimits>, ...loads: Load[]) {
  const all = batcherLimits(limits);
  const queues = new Queues<Thing>(all);
  const filler = new BatchFiller(queues, all);
  const load = ({ name, address = null, steps = 1, bytes = 1, count = 1 }: Load): void => {
    for (let n = 0; n < count; n += 1) queues.offer({ name, address, steps, bytes });
  };
  loads.forEach(load);
  return { queues, load, names: () => filler.fill().map((item) => item.name) };
}

const times = (count: number, name: string): string[] => Array.from({ length: count }, () => name);

describe('the bounds of a batch', () => {
  test.each([
    ['items', { batchItemsMax: 4 }, { name: 'i', address: 'a', count: 9 }, [4, 4, 1, 0]],
    ['steps', { batchStepsMax: 10 }, { name: 'i', address: 'a', steps: 3, count: 7 }, [3, 3, 1, 0]],
    ['bytes', { batchBytesMax: 10 }, { name: 'i', address: 'a', bytes: 5, count: 5 }, [2, 2, 1, 0]],
    ['items of the shop queue', { batchItemsMax: 4 }, { name: 'i', count: 9 }, [4, 4, 1, 0]],
    ['steps of the shop queue', { batchStepsMax: 10 }, { name: 'i', steps: 3, count: 7 }, [3, 3, 1, 0]],
    ['the default items', {}, { name: 'i', address: 'a', count: 300 }, [256, 44]],
    ['the default steps', {}, { name: 'i', address: 'a', steps: 100, count: 11 }, [10, 1]],
    ['the default bytes', {}, { name: 'i', address: 'a', bytes: 524_288, count: 3 }, [2, 1]],
  ])('limit the %s', (_, limits, load, sizes) => {
    const { names } = filled(limits, load);
    expect(sizes.map(() => names().length)).toEqual(sizes);
  });

  test.each([
    ['steps', { steps: 2_000 }],
    ['bytes', { bytes: 2_000_000 }],
  ])('send an item of too many %s alone, in its turn, from either queue', (_, size) => {
    const fromMailbox = filled(
      {},
      { name: 'a', address: 'a' },
      { name: 'BIG', address: 'b', ...size },
      { name: 'c', address: 'c' },
    );
    expect([fromMailbox.names(), fromMailbox.names(), fromMailbox.names()]).toEqual([['a'], ['BIG'], ['c']]);
    const fromShop = filled({}, { name: 's' }, { name: 'BIG', ...size }, { name: 't' });
    expect([fromShop.names(), fromShop.names(), fromShop.names()]).toEqual([['s'], ['BIG'], ['t']]);
  });

  test('keep an item of 0 steps and 0 bytes out of the batch of one that is too large', () => {
    const { names } = filled({}, { name: 'BIG', steps: 2_000 }, { name: 'empty', steps: 0, bytes: 0 });
    expect([names(), names()]).toEqual([['BIG'], ['empty']]);
  });

  test('let a larger item keep its turn, so that smaller ones of other SKUs do not pass it forever', () => {
    const { names, load } = filled(
      { batchStepsMax: 10 },
      { name: 'a', address: 'a', steps: 4, count: 3 },
      { name: 'big', address: 'b', steps: 9 },
      { name: 'c', address: 'c', steps: 1 },
    );
    expect(names()).toEqual(['a']);
    load({ name: 'd', address: 'd', steps: 1, count: 20 });
    expect(names()).toEqual(['big', 'c']);
  });
});

describe('the order of items', () => {
  test('has the shop queue first, even if its items came last', () => {
    const { names } = filled({}, { name: 'reserve', address: 'sold-out', count: 5 }, { name: 'pay', count: 2 });
    expect(names()).toEqual([...times(2, 'pay'), ...times(5, 'reserve')]);
  });

  test('alternates a hot SKU with a cold one', () => {
    const { names } = filled(
      { batchItemsMax: 5 },
      { name: 'hot', address: 'hot', count: 2_000 },
      { name: 'x', address: 'x' },
      { name: 'y', address: 'y' },
    );
    expect(names()).toEqual(['hot', 'x', 'y', 'hot', 'hot']);
  });

  test.each([
    ['items', { batchItemsMax: 8 }, {}],
    ['steps', { batchStepsMax: 8 }, {}],
    ['bytes', { batchBytesMax: 8 }, {}],
  ])('gives the shop queue three quarters of the %s while mailboxes wait', (_, limits, size) => {
    const { names } = filled(limits, { name: 'pay', count: 50, ...size }, { name: 'a', address: 'a', count: 3 });
    expect(names()).toEqual([...times(6, 'pay'), ...times(2, 'a')]);
    expect(names()).toEqual([...times(6, 'pay'), 'a', 'pay']);
    expect(names()).toEqual(times(8, 'pay'));
  });

  test('includes a first payment larger than the share, and leaves the rest to the mailboxes', () => {
    const { names } = filled(
      { batchStepsMax: 10 },
      { name: 'pay', steps: 9, count: 2 },
      { name: 'a', address: 'a', count: 2 },
    );
    expect([names(), names()]).toEqual([
      ['pay', 'a'],
      ['pay', 'a'],
    ]);
  });

  test('begins the next batch with one mailbox item if a batch had none', () => {
    const { names } = filled(
      { batchStepsMax: 8 },
      { name: 'pay', steps: 2, count: 50 },
      { name: 'wide', address: 'a', steps: 4 },
      { name: 'huge', address: 'b', steps: 100 },
      { name: 'b', address: 'b' },
    );
    const expected = [times(4, 'pay'), ['wide', 'pay', 'pay'], times(4, 'pay'), ['huge'], [...times(3, 'pay'), 'b']];
    expect(expected.map(() => names())).toEqual(expected);
  });

  test('owes no turn to a mailbox whose first item came after the batch', () => {
    const { load, names } = filled({}, { name: 'pay' });
    expect(names()).toEqual(['pay']);
    load({ name: 'a', address: 'a' });
    load({ name: 'pay' });
    expect(names()).toEqual(['pay', 'a']);
  });

  test('alternates payments that are too large for a batch with mailboxes', () => {
    const { names } = filled(
      {},
      { name: 'PAY', steps: 2_000, count: 3 },
      { name: 'a', address: 'a', steps: 2_000, count: 3 },
    );
    expect([1, 2, 3, 4, 5, 6].map(() => names()[0])).toEqual(['PAY', 'a', 'PAY', 'a', 'PAY', 'a']);
  });
});

test('no batch of two or more items exceeds a bound, and each queue gets a share of every two batches', () => {
  const item = fc.record({
    address: fc.constantFrom(null, null, 'a', 'b', 'c'),
    steps: fc.integer({ min: 0, max: 14 }),
    bytes: fc.integer({ min: 0, max: 70 }),
  });
  const limits = batcherLimits({ batchItemsMax: 5, batchStepsMax: 10, batchBytesMax: 50 });
  const rounds = fc.array(fc.array(item, { maxLength: 8 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(rounds, (rounds) => {
      const queues = new Queues<Batchable>(limits);
      const filler = new BatchFiller(queues, limits);
      let unserved = { shop: 0, mailboxes: 0 };
      for (let round = 0; round < rounds.length || queues.size > 0; round += 1) {
        for (const item of rounds[round] ?? []) queues.offer(item);
        const waited = { shop: queues.shopItems > 0, mailboxes: queues.mailboxItems > 0 };
        const batch = filler.fill();
        expect(batch.length > 0).toBe(waited.shop || waited.mailboxes);
        expect(batch.length > 1 && isTooLarge(batch, limits)).toBe(false);
        const served = {
          shop: batch.some((i) => i.address === null),
          mailboxes: batch.some((i) => i.address !== null),
        };
        unserved = {
          shop: waited.shop && !served.shop ? unserved.shop + 1 : 0,
          mailboxes: waited.mailboxes && !served.mailboxes ? unserved.mailboxes + 1 : 0,
        };
        expect(Math.max(unserved.shop, unserved.mailboxes)).toBeLessThan(2);
      }
    }),
    { numRuns: 1_000 },
  );
});

function isTooLarge(batch: readonly Batchable[], limits: BatcherLimits): boolean {
  const sum = (measure: (item: Batchable) => number): number => batch.reduce((total, item) => total + measure(item), 0);
  return (
    batch.length > limits.batchItemsMax ||
    sum((item) => item.steps) > limits.batchStepsMax ||
    sum((item) => item.bytes) > limits.batchBytesMax
  );
}

describe('a stormed mailbox', () => {
  const limits = { batchItemsMax: 8, stormItemsMax: 2 };
  const storm = { name: 'hot', address: 'hot', count: 2_000 };

  test('gets whole batches while it is the only one', () => {
    const { names } = filled(limits, storm);
    expect([names(), names()]).toEqual([times(8, 'hot'), times(8, 'hot')]);
  });

  test('gets short batches once another is in use, which is in the very next batch', () => {
    const { load, names } = filled(limits, storm);
    expect(names()).toEqual(times(8, 'hot'));
    load({ name: 'cold', address: 'cold' });
    expect(names()).toEqual(['hot', 'cold']);
    expect(names()).toEqual(times(2, 'hot'));
  });

  test('gets whole batches again when no other was in use for long', () => {
    const { names } = filled(limits, storm, { name: 'cold', address: 'cold' });
    const sizes = Array.from({ length: 66 }, () => names().length);
    expect(sizes.slice(0, 64)).toEqual(Array.from({ length: 64 }, () => 2));
    expect(sizes.slice(64)).toEqual([8, 8]);
  });

  test('gets its share beside a busy shop queue too', () => {
    const { names } = filled(limits, storm, { name: 'cold', address: 'cold' }, { name: 'shop', count: 100 });
    expect(names()).toEqual([...times(6, 'shop'), 'hot', 'cold']);
    expect(names()).toEqual([...times(6, 'shop'), 'hot', 'hot']);
  });

  test('needs more items than one batch, and many mailboxes get whole batches', () => {
    const few = filled(limits, { name: 'a', address: 'a', count: 7 }, { name: 'b', address: 'b' });
    expect(few.names()).toHaveLength(8);
    const one = filled(limits, { name: 'a', address: 'a', count: 9 }, { name: 'b', address: 'b' });
    expect([one.names(), one.names()]).toEqual([['a', 'b', ...times(6, 'a')], times(2, 'a')]);
    const many = Array.from({ length: 40 }, (_, n) => ({ name: 'i', address: `${n}`, count: 2 }));
    const { names } = filled(limits, ...many);
    expect(Array.from({ length: 10 }, () => names().length)).toEqual(Array.from({ length: 10 }, () => 8));
  });
});

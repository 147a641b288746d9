import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batcherLimits } from '../../src/actor/batcher-limits.ts';
import { FairQueue } from '../../src/actor/fair-queue.ts';
import { Mailbox } from '../../src/actor/mailbox.ts';
import { Queues } from '../../src/actor/queues.ts';

describe('a fair queue', () => {
  test('serves its parties in turn, and each of them in order', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item[0], item);
    expect([queue.aheadOf('a'), queue.aheadOf('b'), queue.aheadOf('new')]).toEqual([6, 5, 3]);
    const served = Array.from({ length: 7 }, () => queue.shift());
    expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined]);
    expect([queue.size, queue.first, queue.aheadOf('a')]).toEqual([0, undefined, 0]);
  });

  test('equals lists that are served in turn, for any sequence of operations', () => {
    const operation = fc.record({
      party: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('push', 'shift', 'of'),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const queue = new FairQueue<string>();
        let lists: { party: string; items: string[] }[] = [];
        for (const [n, { party, kind }] of operations.entries()) {
          const own = lists.find((list) => list.party === party);
          if (kind === 'push') {
            if (own) own.items.push(`${party}${n}`);
            else lists.push({ party, items: [`${party}${n}`] });
            queue.push(party, `${party}${n}`);
          } else if (kind === 'of') expect(queue.shiftOf(party)).toBe(own?.items.shift());
          else {
            expect(queue.shift()).toBe(lists[0]?.items.shift());
            lists = [...lists.slice(1), ...lists.slice(0, 1)];
          }
          lists = lists.filter(({ items }) => items.length > 0);
          const sizes = lists.map(({ items }) => items.length);
          expect([queue.size, queue.first]).toEqual([sizes.reduce((a, b) => a + b, 0), lists[0]?.items[0]]);
          const mine = queue.countOf(party);
          expect(queue.aheadOf(party)).toBe(sizes.reduce((ahead, size) => ahead + Math.min(size, mine + 1), 0));
        }
      }),
    );
  });
});

interface Thing {
  address: string;
  bytes: number;
  party?: string;
  n: number;
}

const offered = (queues: Queues<Thing>, party: string | undefined, count: number, address = 'hot') =>
  Array.from({ length: count }, (_, n) =>
    queues.offer({ address, bytes: 1, n, ...(party === undefined ? {} : { party }) }),
  );

describe('a mailbox', () => {
  test('serves a new party within its first turns, however many items another one has in it', () => {
    const queues = new Queues<Thing>(batcherLimits());
    offered(queues, 'flooder', 1_000);
    offered(queues, 'shopper', 1);
    const turns = Array.from({ length: 3 }, () => queues.takeTurn()?.party);
    expect(turns).toContain('shopper');
  });

  test('is first in, first out while it is short', () => {
    const queues = new Queues<Thing>(batcherLimits());
    offered(queues, 'flooder', 60);
    offered(queues, 'shopper', 1);
    const turns = Array.from({ length: 61 }, () => queues.takeTurn()?.party);
    expect(turns.indexOf('shopper')).toBe(60);
  });

  test('takes turns from the item after the 64th on', () => {
    for (const [before, place] of [
      [63, 63],
      [64, 1],
    ] as const) {
      const queues = new Queues<Thing>(batcherLimits());
      offered(queues, 'flooder', before);
      offered(queues, 'shopper', 1);
      const turns = Array.from({ length: before + 1 }, () => queues.takeTurn()?.party);
      expect(turns.indexOf('shopper')).toBe(place);
    }
  });

  test('counts the items of a party only once it is long', () => {
    const mailbox = new Mailbox<{ value: { party: string } }>();
    const counts = Array.from({ length: 66 }, () => {
      mailbox.push({ value: { party: 'a' } });
      return mailbox.countOf('a');
    });
    expect(counts.slice(63)).toEqual([0, 65, 66]);
    expect(mailbox.countOf('b')).toBe(0);
  });

  test('is not filled by one party alone', () => {
    const queues = new Queues<Thing>(batcherLimits());
    const refused = offered(queues, 'flooder', 2_000).find((full) => full !== null);
    expect(refused).toMatchObject({ queue: "party's share of a mailbox", unit: 'items', limit: 128 });
    expect(queues.mailboxItems).toBe(1_024);
    expect(offered(queues, 'shopper', 128).every((full) => full === null)).toBe(true);
  });

  test('may be filled by calls from this process', () => {
    const queues = new Queues<Thing>(batcherLimits());
    expect(offered(queues, undefined, 2_049).filter((full) => full !== null)).toMatchObject([
      { queue: 'mailbox', limit: 2_048 },
    ]);
  });

  test('loses its oldest item first to the time limit, in any order of turns', () => {
    const queues = new Queues<Thing>(batcherLimits());
    for (const party of ['a', 'b', 'a', 'c']) offered(queues, party, 40);
    queues.takeTurn();
    const rest = Array.from({ length: 159 }, () => queues.takeOldest());
    expect(rest.map((item) => item?.party)).toEqual([
      ...Array<string>(39).fill('a'),
      ...Array<string>(40).fill('b'),
      ...Array<string>(40).fill('a'),
      ...Array<string>(40).fill('c'),
    ]);
    expect([queues.size, queues.mailboxes]).toEqual([0, 0]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkedList, type ListNode } from '../../src/actor/linked-list.ts';
import { batcherLimits } from '../../src/actor/batcher-limits.ts';
import { Queues } from '../../src/actor/queues.ts';

interface Thing {
  address: string | null;
  bytes: number;
  n: number;
}

const thing = (address: string | null, n = 0, bytes = 1): Thing => ({ address, bytes, n });

function takeAllTurns(queues: Queues<Thing>): string[] {
  const taken: string[] = [];
  for (let item = queues.takeTurn(); item; item = queues.takeTurn()) taken.push(`${item.address}${item.n}`);
  return taken;
}

test('a linked list equals an array with pushes at the end and removals anywhere', () => {
  const operations = fc.array(fc.option(fc.nat(), { freq: 2 }), { maxLength: 60 });
  fc.assert(
    fc.property(operations, (operations) => {
      const list = new LinkedList<number>();
      const links: ListNode<number>[] = [];
      for (const [n, removeAt] of operations.entries()) {
        if (removeAt === null) links.push(list.push(n));
        else for (const link of links.splice(removeAt % (links.length || 1), 1)) list.remove(link);
        expect([list.size, list.first]).toEqual([links.length, links[0]?.value]);
      }
      for (const link of links) expect(list.shift()).toBe(link.value);
      expect([list.size, list.first, list.shift()]).toEqual([0, undefined, undefined]);
    }),
  );
});

describe('mailboxes', () => {
  test('are served in round-robin order, one item at a time, each first in, first out', () => {
    const queues = new Queues<Thing>(batcherLimits());
    for (let n = 0; n < 4; n += 1) queues.offer(thing('hot', n));
    for (let n = 0; n < 2; n += 1) queues.offer(thing('warm', n));
    queues.offer(thing('cold', 0));
    expect(takeAllTurns(queues)).toEqual(['hot0', 'warm0', 'cold0', 'hot1', 'warm1', 'hot2', 'hot3']);
  });

  test('are removed when empty, and a new item opens one at the end of the round', () => {
    const queues = new Queues<Thing>(batcherLimits());
    queues.offer(thing('a'));
    queues.offer(thing('b'));
    expect(queues.mailboxes).toBe(2);
    queues.takeTurn();
    expect(queues.mailboxes).toBe(1);
    queues.offer(thing('a', 1));
    expect(takeAllTurns(queues)).toEqual(['b0', 'a1']);
    expect(queues.mailboxes).toBe(0);
    expect(queues.size).toBe(0);
  });

  test('refuse when full, without an effect on other mailboxes', () => {
    const queues = new Queues<Thing>(batcherLimits({ mailboxItemsMax: 2 }));
    expect([0, 1, 2].map((n) => queues.offer(thing('hot', n)))).toEqual([
      null,
      null,
      { queue: 'mailbox', unit: 'items', waiting: 2, limit: 2 },
    ]);
    expect(queues.offer(thing('cold'))).toBeNull();
    expect(queues.offer(thing(null))).toBeNull();
    expect(takeAllTurns(queues)).toEqual(['hot0', 'cold0', 'hot1']);
    expect(queues.offer(thing('hot', 3))).toBeNull();
  });

  test('are bounded together by items and bytes, without an effect on the shop queue', () => {
    const byItems = new Queues<Thing>(batcherLimits({ mailboxesItemsMax: 2 }));
    byItems.offer(thing('a'));
    byItems.offer(thing('b'));
    expect(byItems.offer(thing('c'))).toEqual({ queue: 'all mailboxes', unit: 'items', waiting: 2, limit: 2 });
    expect(byItems.mailboxes).toBe(2);
    expect(byItems.offer(thing(null))).toBeNull();

    const byBytes = new Queues<Thing>(batcherLimits({ queueBytesMax: 100 }));
    expect(byBytes.offer(thing('a', 0, 99))).toBeNull();
    expect(byBytes.offer(thing('b', 0, 500))).toBeNull();
    expect(byBytes.offer(thing('c'))).toEqual({ queue: 'all mailboxes', unit: 'bytes', waiting: 599, limit: 100 });
    expect(byBytes.offer(thing(null, 0, 100))).toBeNull();
    byBytes.takeTurn();
    byBytes.takeTurn();
    expect(byBytes.offer(thing('c'))).toBeNull();
  });
});

describe('the shop queue', () => {
  test('is first in, first out, and bounded by items and bytes, without an effect on mailboxes', () => {
    const queues = new Queues<Thing>(batcherLimits({ shopQueueItemsMax: 3, queueBytesMax: 10 }));
    expect(queues.offer(thing(null, 0, 5))).toBeNull();
    expect(queues.offer(thing(null, 1, 5))).toBeNull();
    expect(queues.offer(thing(null, 2))).toEqual({ queue: 'shop queue', unit: 'bytes', waiting: 10, limit: 10 });
    expect(queues.takeShop()?.n).toBe(0);
    expect(queues.offer(thing(null, 3))).toBeNull();
    expect(queues.offer(thing(null, 4))).toBeNull();
    expect(queues.offer(thing(null, 5))).toEqual({ queue: 'shop queue', unit: 'items', waiting: 3, limit: 3 });
    expect(queues.offer(thing('a'))).toBeNull();
    expect([1, 2, 3].map(() => queues.takeShop()?.n)).toEqual([1, 3, 4]);
    expect(queues.takeShop()).toBeUndefined();
  });
});

test('every queue keeps its order and every count is right for random operations', () => {
  const offer = fc.constantFrom(null, 'a', 'b', 'c').map((to) => ({ to, take: null }));
  const take = fc.constantFrom('takeShop', 'takeTurn', 'takeOldest').map((take) => ({ to: null, take }));
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 3, arbitrary: offer }, { weight: 2, arbitrary: take }), { maxLength: 80 }),
      (operations) => {
        const queues = new Queues<Thing>(batcherLimits({ mailboxItemsMax: 3, shopQueueItemsMax: 4, queueBytesMax: 9 }));
        let waiting: Thing[] = [];
        for (const [n, { to, take }] of operations.entries()) {
          const offered = take ? [] : [thing(to, n, 1 + (n % 3))].filter((item) => queues.offer(item) === null);
          const taken = take ? queues[take]() : undefined;
          expect(taken).toBe(firstOf(take, taken, waiting));
          waiting = [...waiting.filter((item) => item !== taken), ...offered];
          const inMailboxes = waiting.filter((item) => item.address !== null);
          expect(queues.size).toBe(waiting.length);
          expect(queues.mailboxItems).toBe(inMailboxes.length);
          expect(queues.mailboxes).toBe(new Set(inMailboxes.map((item) => item.address)).size);
          expect(queues.peekOldest()).toBe(waiting[0]);
        }
      },
    ),
    { numRuns: 500 },
  );
});

/** Returns the expected result of a take: the first item of the queue it took from; undefined only if all are empty. */
function firstOf(
  take: 'takeShop' | 'takeTurn' | 'takeOldest' | null,
  taken: Thing | undefined,
  waiting: Thing[],
): Thing | undefined {
  if (take === null) return undefined;
  if (take === 'takeOldest') return waiting[0];
  if (take === 'takeShop') return waiting.find((item) => item.address === null);
  return waiting.find((item) => item.address !== null && (!taken || item.address === taken.address));
}

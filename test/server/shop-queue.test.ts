import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShopQueue } from '../../src/http/admission/shop-queue.ts';

test('shops take turns, and the parties of a shop take theirs', () => {
  const queue = new ShopQueue<string>();
  for (const n of [1, 2, 3]) queue.push('a', 'flooder', `a-flood${n}`);
  queue.push('a', 'honest', 'a-honest');
  queue.push('b', 'one', 'b-one');
  expect([queue.size, queue.aheadOf('a', 'honest'), queue.aheadOf('b', 'two'), queue.aheadOf('c', 'x')]).toEqual([
    5, 4, 3, 2,
  ]);
  const served = Array.from({ length: 6 }, () => queue.shift());
  expect(served).toEqual(['a-flood1', 'b-one', 'a-honest', 'a-flood2', 'a-flood3', undefined]);
});

test('with one shop it is a fair queue, and with any number the next item waits for no more than it says', () => {
  const push = fc.record({ shop: fc.constantFrom('a', 'b', 'c'), party: fc.constantFrom('x', 'y') });
  fc.assert(
    fc.property(
      fc.array(fc.option(push, { freq: 4, nil: 'shift' as const }), { maxLength: 60 }),
      push,
      (steps, next) => {
        const queue = new ShopQueue<string>();
        let size = 0;
        for (const step of steps) {
          if (step === 'shift') size -= queue.shift() === undefined ? 0 : 1;
          else {
            queue.push(step.shop, step.party, 'other');
            size += 1;
          }
        }
        expect(queue.size).toBe(size);
        const ahead = queue.aheadOf(next.shop, next.party);
        expect(ahead).toBeLessThanOrEqual(size);
        queue.push(next.shop, next.party, 'mine');
        const before = Array.from({ length: size + 1 }, () => queue.shift()).indexOf('mine');
        expect(before).toBeGreaterThanOrEqual(0);
        expect(before).toBeLessThanOrEqual(ahead);
      },
    ),
  );
});

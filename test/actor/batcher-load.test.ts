import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { Batcher } from '../../src/actor/batcher.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { BATCHER_LIMITS } from '../../src/actor/batcher-limits.ts';

const ITEMS = 100_000;
/** The last batches are smaller, because they carry the rest. */
const ITEMS_PER_BATCH_MIN = 0.9 * BATCHER_LIMITS.batchItemsMax;

/** Each of `callers` submits its next item when its last one was answered, as requests do. */
async function rush(callers: number, addresses: number): Promise<{ perSecond: number; itemsPerBatch: number }> {
  const batcher = new Batcher<number, number>({
    runtime: SYSTEM_RUNTIME,
    send: async (items) => {
      await new Promise((resolve) => setImmediate(resolve));
      return items;
    },
  });
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < ITEMS) {
      const payload = next;
      next += 1;
      const answer = await batcher.submit({ payload, address: `sku-${payload % addresses}`, steps: 2, bytes: 300 });
      if (answer !== payload) throw new Error(`${payload} got the answer of ${answer}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { sentItems, sentBatches } = batcher.stats();
  return { perSecond: Math.round(ITEMS / seconds), itemsPerBatch: Math.round(sentItems / sentBatches) };
}

describe('under load', () => {
  test.each([
    [1_000, 1],
    [1_000, 1_000],
    [10_000, 100_000],
  ])('%i callers over %i addresses', async (callers, addresses) => {
    const { perSecond, itemsPerBatch } = await rush(callers, addresses);
    console.log(`${callers} callers, ${addresses} addresses: ${perSecond} items/s, ${itemsPerBatch} a batch`);
    // More callers wait than fit into two batches, so every batch is full.
    expect(itemsPerBatch).toBeGreaterThan(ITEMS_PER_BATCH_MIN);
  });

  /**
   * If the cost of a batch were proportional to the number of waiting SKUs, the last run would take a thousand times as
   * long per item as the first. The factor of 20 allows for a busy machine and cold caches.
   */
  test('the cost of a batch does not depend on the number of waiting SKUs', async () => {
    const microsecondsPerItem: number[] = [];
    for (const addresses of [100, 1_000, 100_000]) {
      const batcher = new Batcher<number, number>({ send: async (items) => items, runtime: SYSTEM_RUNTIME });
      const answers: Promise<number>[] = [];
      for (let n = 0; n < 100_000; n += 1) {
        answers.push(batcher.submit({ payload: n, address: `sku-${n % addresses}`, steps: 1, bytes: 100 }));
      }
      expect(batcher.stats().mailboxes).toBe(addresses);
      const startedAt = performance.now();
      await Promise.all(answers);
      microsecondsPerItem.push(((performance.now() - startedAt) * 1_000) / answers.length);
      expect(batcher.stats().mailboxes).toBe(0);
    }
    console.log(`100, 1,000 and 100,000 SKUs: ${microsecondsPerItem.map((us) => us.toFixed(2)).join(', ')} us an item`);
    expect(Math.max(...microsecondsPerItem)).toBeLessThan(20 * Math.min(...microsecondsPerItem));
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RootDatabase } from 'lmdb';
import { expect, test } from 'vitest';
import { openRows } from '../../../src/store/embedded/files/environment.ts';
import { configure, receive, reserve, START, transaction } from '../../support/transactions.ts';
import { openShop } from './shops.ts';

const SKUS = 1_000_000;
const HEAP_GROWTH_BYTES_MAX = 4 * 1024 * 1024;

const sku = (index: number) => `SKU-${String(index).padStart(7, '0')}`;

/** Writes rows as the store does. One transaction for a million rows would not be typical of the store. */
function fill(root: RootDatabase): void {
  const rows = openRows<string>(root, 'stock');
  const row = [null, null, null, 10, 0, 0, 0, 0, null, 1, START, null];
  root.transactionSync(() => {
    for (let index = 0; index < SKUS; index += 1) rows.put(sku(index), row);
  });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('keeps a million SKUs on disk and not in memory', { timeout: 120_000 }, async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('first', [configure('A'), receive('A', 10)])]);
  const store = await shop.reopen(fill);
  expect((await store.health()).details).toMatchObject({ skus: SKUS + 1 });
  const scattered = (index: number) => sku((index * 7_919) % SKUS);
  const use = async (from: number, to: number) => {
    for (let index = from; index < to; index += 50) {
      const skus = Array.from({ length: 50 }, (_, offset) => scattered(index + offset));
      const [snapshot] = await store.read([{ skus }]);
      expect(snapshot?.stock.every((stock) => stock?.onHand === 10 || stock?.onHand === 9)).toBe(true);
      const holds = skus.slice(0, 5).map((each) => reserve(`h${each}`, each, 1));
      await store.apply([transaction(`t${index}`, holds)]);
    }
  };
  await use(0, 5_000);
  const before = heapBytes();
  await use(5_000, 45_000);
  expect(heapBytes() - before).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
});

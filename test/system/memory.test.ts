import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { filledKinds } from '../support/filled-shop.ts';
import { type HttpCaller, must } from '../support/http-caller.ts';
import { ownBytes } from '../support/own-memory.ts';
import { configure, receive, transaction } from '../support/transactions.ts';

/** A million takes some minutes on two cores. Set HOLDFAST_MEMORY_SKUS=1000000 for it. */
const SKUS = Number(process.env['HOLDFAST_MEMORY_SKUS'] ?? 200_000);
const TIMEOUT_MS = 60_000 + SKUS;
/** A server that kept 200 bytes of each SKU would exceed it. */
const GROWTH_BYTES_MAX = 32 * 1_048_576;
/** The limit of V8's heap: a server that kept the shop there would run out of memory. */
const HEAP = { NODE_OPTIONS: '--max-old-space-size=80 --max-semi-space-size=4' };
const CALLERS = 16;
const SKUS_A_CALL = 100;
const PAGE = 500;

const skuOf = (index: number): string => `sku-${String(index).padStart(7, '0')}`;

async function fill(store: Store): Promise<void> {
  const each = 250;
  for (let from = 0; from < SKUS; from += each * 4) {
    const batch = [0, 1, 2, 3].map((part) => {
      const first = from + part * each;
      const steps = Array.from({ length: each }, (_, offset) => configure(skuOf(first + offset), { title: 'A mug' }));
      return transaction(`fill-${first}`, steps);
    });
    const { answers } = await store.apply(batch);
    expect(answers.every(({ status }) => status === 'applied')).toBe(true);
  }
  const stocked = Array.from({ length: 1_000 }, (_, index) => receive(skuOf(index), 5));
  await store.apply([transaction('stocked', stocked)]);
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, worker));
}

/** Requests `count` times 100 SKUs, spread over the first `among`. */
async function askAvailability(caller: HttpCaller, count: number, among: number): Promise<void> {
  await inParallel(count, async (call) => {
    const skus = Array.from({ length: SKUS_A_CALL }, (_, index) =>
      skuOf((call * SKUS_A_CALL + index * 7_919 + call * 104_729) % among),
    );
    must(await caller.query('stock.availability', { skus: [...new Set(skus)] }));
  });
}

async function listAll(caller: HttpCaller): Promise<number> {
  let found = 0;
  for (let cursor: string | undefined; ; ) {
    const page = must(await caller.asOperator().query('stock.list', { limit: PAGE, ...(cursor ? { cursor } : {}) }));
    found += page.items.length;
    cursor = page.nextCursor;
    if (cursor === undefined) return found;
  }
}

const touchCarts = (caller: HttpCaller, name: string): Promise<void> =>
  inParallel(1_000, async (index) => {
    const own = caller.as(`${name}-${index}-of-memory`);
    must(await own.mutate('cart.setQuantity', { sku: skuOf(index), quantity: 1 }));
    must(await own.mutate('cart.clear', {}));
  });

describe.each(filledKinds)(`${SKUS} SKUs on $name`, ({ open }) => {
  test('do not grow the server beyond its caches', { timeout: TIMEOUT_MS }, async () => {
    await using shop = await open(fill, HEAP);
    const { caller } = shop;
    await askAvailability(caller, 500, 12_000);
    await touchCarts(caller, 'before');
    const before = await ownBytes(shop);
    expect(await listAll(caller)).toBe(SKUS);
    await askAvailability(caller, SKUS / SKUS_A_CALL, SKUS);
    await touchCarts(caller, 'after');
    const growth = (await ownBytes(shop)) - before;
    const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
    console.log(`${SKUS} SKUs: ${mebibytes(before)} MiB of the server's own, then ${mebibytes(growth)} MiB more`);
    expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
  });
});

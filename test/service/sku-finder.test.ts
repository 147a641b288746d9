import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportEntry } from '../../src/shop/bulk/bulk-api.ts';
import type { StockListInput } from '../../src/contract/inputs/inputs.ts';
import { createHoldfast } from '../../src/shop/holdfast.ts';
import type { Store } from '../../src/store/store.ts';
import { type Engine, embeddedEngine, redisEngine } from '../support/engines.ts';
import { poll } from '../support/poll.ts';
import { seededRandom } from '../support/scale.ts';
import { OPERATOR, Shop, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const SKUS = 20_000;
const LAST = SKUS - 1;
const skuName = (n: number): string => `S${String(n).padStart(5, '0')}`;

/** Counts the calls that read stock. */
function countingStore(store: Store) {
  const calls = { lists: 0, reads: 0 };
  const counted = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name === 'listStock') calls.lists += 1;
      if (name === 'read') calls.reads += 1;
      return member.bind(target);
    },
  });
  return { calls, counted };
}

/** A shop of which only the last SKUs are low, out, or lanterns. */
async function* rows(): AsyncGenerator<ImportEntry[]> {
  for (let from = 0; from < SKUS; from += 500)
    yield Array.from({ length: 500 }, (_, at) => {
      const left = LAST - from - at;
      const sku = skuName(from + at);
      const title = left < 2 ? 'A rare Lantern' : 'A mug';
      return { text: sku, row: { sku, title, onHand: left === 0 ? 0 : left === 1 ? 3 : 20 } };
    });
}

async function openLarge(engine: Engine) {
  await engine.start();
  const opened = await engine.open({ now: START });
  const shop = new Shop({ now: START }, opened, {});
  yes(await shop.holdfast.bulk.import(rows(), { key: 'file' }, OPERATOR));
  const { calls, counted } = countingStore(opened.store);
  const holdfast = createHoldfast({ store: counted, settings: { sellAt: 'sale' } });
  const find = async (input: StockListInput): Promise<string[]> => {
    const skus: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const { items, nextCursor } = yes(await holdfast.stock.list({ ...input, ...(cursor && { cursor }) }));
      skus.push(...items.map(({ sku }) => sku));
      if (nextCursor === undefined) return skus;
      cursor = nextCursor;
    }
  };
  return {
    shop,
    holdfast,
    find,
    /** Returns what a call finds, and how often it called the store. */
    counting: async (input: StockListInput) => {
      Object.assign(calls, { lists: 0, reads: 0 });
      return { skus: await find(input), ...calls };
    },
    async [Symbol.asyncDispose]() {
      await holdfast.close();
      await shop[Symbol.asyncDispose]();
      await engine.stop();
    },
  };
}

describe.each([embeddedEngine, redisEngine])('finding few of 20,000 SKUs on $name', (engine) => {
  let large: Awaited<ReturnType<typeof openLarge>>;
  beforeAll(async () => (large = await openLarge(engine)));
  afterAll(() => large[Symbol.asyncDispose]());

  test('finds them while it has no index, and with it in a few calls of the store', async () => {
    const { find, counting } = large;
    expect(await find({ availableMax: 0 })).toEqual([skuName(LAST)]);
    await poll(async () => (await counting({ availableMax: 0 })).lists === 0, { describe: () => 'no index was built' });
    const low = [skuName(LAST - 1), skuName(LAST)];
    for (const [input, skus] of [
      [{ availableMax: 0 }, [skuName(LAST)]],
      [{ availableMax: 5 }, low],
      [{ contains: 'lantern' }, low],
      [{ contains: 'LANTERN', availableMax: 0 }, [skuName(LAST)]],
      [{ contains: 's1999', availableMax: 5 }, low],
      [{ contains: 'mug', prefix: 'S1000', limit: 3 }, Array.from({ length: 10 }, (_, n) => skuName(10_000 + n))],
      [{ contains: 'nothing' }, []],
    ] as [StockListInput, string[]][]) {
      const found = await counting(input);
      expect(found.skus).toEqual(skus);
      expect(found.lists).toBe(0);
      expect(found.reads).toBeLessThan(20);
    }
  });

  test('knows every change before the call', async () => {
    const { holdfast, shop, find } = large;
    const { stock } = holdfast;
    yes(await stock.define({ sku: 'A-NEW', title: 'A new lantern' }, OPERATOR));
    expect(await find({ contains: 'new lan' })).toEqual(['A-NEW']);
    expect(await find({ availableMax: 0 })).toEqual(['A-NEW', skuName(LAST)]);
    yes(await stock.archive({ sku: 'A-NEW', reason: 'gone' }, OPERATOR));
    expect(await find({ contains: 'new lan' })).toEqual([]);
    yes(await stock.define({ sku: 'A-NEW', title: 'A new candle' }, OPERATOR));
    expect(await find({ contains: 'new candle', availableMax: 0 })).toEqual(['A-NEW']);
    yes(await stock.define({ sku: skuName(7), safetyStock: 20 }, OPERATOR));
    expect(await find({ prefix: 'S', availableMax: 0 })).toEqual([skuName(7), skuName(LAST)]);
    // A kit has no units of its own: it has what its component leaves.
    yes(await stock.define({ sku: 'A-KIT', components: [{ sku: skuName(3), quantity: 15 }] }, OPERATOR));
    expect(await find({ prefix: 'A-K', availableMax: 0 })).toEqual([]);
    yes(await stock.adjust({ sku: skuName(3), delta: -6, reason: 'torn' }, OPERATOR));
    expect(await find({ prefix: 'A-K', availableMax: 0 })).toEqual(['A-KIT']);
    // Another process takes the last units.
    const other = await shop.another(engine);
    yes(await other.stock.adjust({ sku: skuName(9), delta: -20, reason: 'torn' }, OPERATOR));
    expect(await find({ prefix: 'S', availableMax: 0 })).toEqual([skuName(7), skuName(9), skuName(LAST)]);
  });

  test('finds what reading every SKU finds, after changes at random', async () => {
    const { holdfast, find } = large;
    const { stock } = holdfast;
    const random = seededRandom(`sku finder on ${engine.name}`);
    const pick = (below: number): number => Math.floor(random() * below);
    for (let change = 0; change < 150; change += 1) {
      const sku = `T${pick(60)}${'@#ä'[pick(3)]}`;
      if (random() < 0.4) await stock.define({ sku, title: `${'xyz'[pick(3)]} ${'XYZ'[pick(3)]}` }, OPERATOR);
      else if (random() < 0.7) await stock.adjust({ sku, delta: pick(7) - 3 || 1, reason: 'found' }, OPERATOR);
      else if (random() < 0.5) await stock.archive({ sku, reason: 'gone' }, OPERATOR);
      else await stock.define({ sku, safetyStock: pick(3) }, OPERATOR);
      if (change % 15 > 0) continue;
      const levels = yes(await stock.list({ prefix: 'T', limit: 500 })).items;
      const named = levels.filter(({ title = '', sku: name }) => `${name} ${title}`.toLowerCase().includes('y'));
      expect(await find({ prefix: 'T', contains: 'y' })).toEqual(named.map(({ sku: name }) => name));
      const few = levels.filter(({ available }) => available <= 1);
      expect(await find({ prefix: 'T', availableMax: 1, limit: 7 })).toEqual(few.map(({ sku: name }) => name));
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StockListInput } from '../../src/contract/inputs/inputs.ts';
import { engines } from '../support/engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';

/** Reads all pages of a list. */
async function pagesOf(shop: Shop, input: StockListInput): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = yes(await shop.holdfast.stock.list({ ...input, ...(cursor && { cursor }) }));
    pages.push(items.map(({ sku }) => sku));
    if (nextCursor === undefined) return pages;
    cursor = nextCursor;
  }
}

describe.each(engines)('finding SKUs on $name', (engine) => {
  let shop: Shop;
  beforeAll(async () => {
    await engine.start();
    shop = await openShopWith(engine);
    const { stock } = shop.holdfast;
    const units = { MUG: 0, 'MUG-1': 3, 'MUG-2': 0, mug: 9, MUH: 1, ÄPFEL: 2, 'Z MUG': 4 };
    for (const [sku, quantity] of Object.entries(units)) {
      yes(await stock.define({ sku, ...(sku === 'MUH' && { title: 'A big Mug' }) }, OPERATOR));
      if (quantity > 0) yes(await stock.receive({ sku, quantity }, OPERATOR));
    }
  });
  afterAll(async () => {
    await shop[Symbol.asyncDispose]();
    await engine.stop();
  });

  test.each([
    [{}, ['MUG', 'MUG-1', 'MUG-2', 'MUH', 'Z MUG', 'mug', 'ÄPFEL']],
    [{ prefix: 'MUG' }, ['MUG', 'MUG-1', 'MUG-2']],
    [{ prefix: 'MUG-' }, ['MUG-1', 'MUG-2']],
    [{ prefix: 'Ä' }, ['ÄPFEL']],
    [{ prefix: 'Z ' }, ['Z MUG']],
    [{ prefix: 'nothing' }, []],
    [{ contains: 'MuG' }, ['MUG', 'MUG-1', 'MUG-2', 'MUH', 'Z MUG', 'mug']],
    [{ contains: 'big' }, ['MUH']],
    [{ availableMax: 0 }, ['MUG', 'MUG-2']],
    [{ availableMax: 2 }, ['MUG', 'MUG-2', 'MUH', 'ÄPFEL']],
    [{ prefix: 'MUG', availableMax: 0, contains: '2' }, ['MUG-2']],
  ] as [StockListInput, string[]][])('%j', async (input, skus) => {
    expect(await pagesOf(shop, input)).toEqual([skus]);
    // Pages of one have the same SKUs. The last one may be empty, because a condition is checked SKU by SKU.
    expect((await pagesOf(shop, { ...input, limit: 1 })).flat()).toEqual(skus);
  });

  test('an archived SKU is in no page, and leaves no gap in one', async () => {
    yes(await shop.holdfast.stock.archive({ sku: 'MUG', reason: 'gone' }, OPERATOR));
    expect(await pagesOf(shop, { prefix: 'MUG', limit: 2 })).toEqual([['MUG-1', 'MUG-2']]);
  });
});

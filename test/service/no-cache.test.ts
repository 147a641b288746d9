import { expect, test } from 'vitest';
import { memoryEngine } from '../support/engines.ts';
import { OPERATOR, openShopWith, yes } from '../support/shop.ts';

test('reads availability for each call if cacheMs is 0', async () => {
  await using shop = await openShopWith(memoryEngine, { settings: { cacheMs: 0 } });
  await shop.supply('fan', { units: 3 });
  const units = async () => yes(await shop.holdfast.stock.availability({ skus: ['fan'] })).map((one) => one.available);
  expect(await units()).toEqual([3]);
  yes(await shop.holdfast.stock.receive({ sku: 'fan', quantity: 1 }, OPERATOR));
  expect(await units()).toEqual([4]);
});

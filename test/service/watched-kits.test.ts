import { expect, test } from 'vitest';
import { componentsText } from '../../src/domain/kits.ts';
import { emptyStock } from '../../src/domain/machine/stock-steps.ts';
import { skuStockOf } from '../../src/shop/stock/units/sku-stock.ts';
import { WatchedKits } from '../../src/shop/watch/watched-kits.ts';
import { WatchedSku } from '../../src/shop/watch/watched-sku.ts';
import { kitOf } from '../support/kit-shop.ts';

const stockWith = (sku: string, units: Record<string, number> | null) => {
  const record = { ...emptyStock(sku), components: units && componentsText(kitOf(units)) };
  return skuStockOf(sku, [sku], new Map([[sku, record]]));
};

test('a watched kit is found by each of its present components, until it is forgotten', () => {
  const kits = new WatchedKits();
  const [set, pair, mug] = [new WatchedSku('set'), new WatchedSku('pair'), new WatchedSku('mug')];
  kits.note(set, stockWith('set', { mug: 2, box: 1 }));
  kits.note(set, stockWith('set', { mug: 2, box: 1 }));
  kits.note(pair, stockWith('pair', { mug: 2 }));
  kits.note(mug, stockWith('mug', null));
  expect([[...kits.of('mug')], [...kits.of('box')], [...kits.of('set')]]).toEqual([[set, pair], [set], []]);
  kits.note(set, stockWith('set', { lid: 1 }));
  expect([[...kits.of('mug')], [...kits.of('box')], [...kits.of('lid')]]).toEqual([[pair], [], [set]]);
  kits.note(pair, stockWith('pair', null));
  kits.forget(set);
  expect(['mug', 'box', 'lid'].flatMap((sku) => [...kits.of(sku)])).toEqual([]);
});

import type { Definition } from '../toolkit/definition.ts';
import { at, whole } from '../toolkit/options.ts';

export const manySkus: Definition = {
  name: 'many-skus',
  about: 'carts of several lines from a whole catalog: sold + held + available = stock, SKU by SKU',
  options: {
    skus: whole(10_000, 'SKUs in the catalog'),
    units: whole(20, 'units of each', 1_000_000),
    lines: whole(5, 'lines of a cart, at most', 100),
    skew: whole(100, "exponent of the popularity, in hundredths: 100 is Zipf's own, 0 none", 300, 0),
    rate: whole(60, 'shoppers that arrive per second'),
    // Units in abandoned carts must still be held when they are counted.
    seconds: whole(20, 'seconds in which they arrive', 600),
    'warmup-rate': whole(20, 'shoppers per second of the warm-up'),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
  },
  stockOnlyFalls: true,
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({
      name: `${index + 1}`,
      units: at(options, 'units'),
      unitPrice: { amount: 100 + index, currency: 'EUR' },
    })),
  comparison: { from: 'warmup', to: ['sale'], factor: 10, floorMs: 1_000 },
  after({ goods, records: { levels }, reported: { soldBySku }, metrics, note }) {
    const left = metrics('units_left_in_carts')['count'] ?? 0;
    const held = goods.reduce((sum, { sku }) => sum + (levels.get(sku)?.reserved ?? 0), 0);
    note('SKUs', `${soldBySku.size} of ${goods.length} sold, ${soldOut(goods, soldBySku)} sold out`);
    note('held', `${held} units in abandoned carts`);
    return held === left ? [] : [`${held} units are held, of ${left} that were left in carts`];
  },
};

const soldOut = (goods: readonly { sku: string; units: number }[], sold: ReadonlyMap<string, number>): number =>
  goods.filter(({ sku, units }) => sold.get(sku) === units).length;

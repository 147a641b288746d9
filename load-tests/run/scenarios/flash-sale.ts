import type { Definition } from '../toolkit/definition.ts';
import { at, whole } from '../toolkit/options.ts';

export const flashSale: Definition = {
  name: 'flash-sale',
  about: 'thousands of shoppers want one SKU: exactly its units are sold',
  options: {
    units: whole(500, 'units on sale', 1_000_000),
    rate: whole(150, 'shoppers that arrive per second'),
    seconds: whole(20, 'seconds in which they arrive', 3_600),
    'warmup-rate': whole(50, 'shoppers per second of the warm-up'),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
  },
  stockOnlyFalls: true,
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) => [
    { name: 'sale', units: at(options, 'units'), title: 'Sneaker, one day only', unitPrice },
    { name: 'warm-up', units: at(options, 'warmup-rate') * (at(options, 'warmup-seconds') + 1), unitPrice },
  ],
  comparison: { from: 'warmup', to: ['sale'], factor: 10, floorMs: 100 },
  after({ options, records, sku }) {
    const units = at(options, 'units');
    const wanted = at(options, 'rate') * at(options, 'seconds');
    const sold = records.soldBySku.get(sku('sale')) ?? 0;
    // k6 may start one arrival more or less.
    if (sold === units || (wanted <= units && sold >= wanted - 1)) return [];
    return [`${sold} units are sold on record, of ${units} that ${wanted} shoppers came for`];
  },
};

const unitPrice = { amount: 4_990, currency: 'EUR' };

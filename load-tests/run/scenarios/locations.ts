import { must } from '../../../test/support/http-caller.ts';
import type { Definition, Finished, Options, Settling } from '../toolkit/definition.ts';
import { at, whole } from '../toolkit/options.ts';
import { few } from '../toolkit/problems.ts';

export const locations: Definition = {
  name: 'locations',
  about: 'units of several locations are sold: exactly the sum, and at no location more than it has',
  options: {
    skus: whole(5, 'SKUs', 1_000),
    locations: whole(3, 'locations of each', 20, 2),
    units: whole(60, 'units at each location', 1_000_000),
    rate: whole(40, 'shoppers per second', 10_000),
    seconds: whole(20, 'seconds in which they come', 3_600),
    'warmup-rate': whole(10, 'shoppers per second of the warm-up', 10_000),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
  },
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({
      name: `${index + 1}`,
      units: at(options, 'units') * at(options, 'locations'),
      unitsAtMain: at(options, 'units'),
    })),
  server: () => ({ SELL_AT: 'dispatch' }),
  prepare,
  comparison: { from: 'warmup', to: ['sale'], factor: 10, floorMs: 1_000 },
  after: (finished) => {
    const split = [...finished.records.orders.values()].filter(({ lines }) =>
      lines.some(({ allocations = [] }) => allocations.length > 1),
    );
    finished.note('split', `${split.length} of ${finished.records.orders.size} orders`);
    return [...(split.length === 0 ? ['no order needed two locations'] : []), ...few(placeProblems(finished))];
  },
};

const placesOf = (options: Options): string[] => [
  'main',
  ...Array.from({ length: at(options, 'locations') - 1 }, (_, index) => `place-${index + 1}`),
];

/** Defines the locations and receives the units of those that the import did not have. */
async function prepare({ operator, goods, options }: Settling): Promise<void> {
  for (const [priority, id] of placesOf(options).entries()) {
    must(await operator.mutate('locations.define', { id, priority }));
    if (id === 'main') continue;
    for (const { sku } of goods) {
      must(await operator.mutate('stock.receive', { sku, location: id, quantity: at(options, 'units') }));
    }
  }
}

/** Returns the locations of a SKU that have sold other units than the orders took from them, or more than they had. */
function placeProblems({ goods, options, records }: Finished): string[] {
  const units = at(options, 'units');
  const lines = [...records.orders.values()].flatMap((order) => order.lines);
  return goods.flatMap(({ sku }) =>
    placesOf(options).flatMap((location) => {
      const sold = lines
        .filter((line) => line.sku === sku)
        .flatMap(({ allocations = [] }) => allocations)
        .filter((allocation) => allocation.location === location)
        .reduce((sum, { quantity }) => sum + quantity, 0);
      const level = records.levels.get(sku)?.locations?.find((each) => each.location === location);
      if (level?.committed === sold && level.onHand === units && sold <= units) return [];
      return [`${sku} at ${location}: ${sold} units are sold by the orders, of ${JSON.stringify(level)}`];
    }),
  );
}

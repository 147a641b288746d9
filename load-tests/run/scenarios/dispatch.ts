import type { Definition, Finished } from '../toolkit/definition.ts';
import { shelfProblems } from '../toolkit/endings.ts';
import { historyProblems, readHistories } from '../toolkit/histories.ts';
import { at, whole } from '../toolkit/options.ts';
import { few } from '../toolkit/problems.ts';

export const dispatch: Definition = {
  name: 'dispatch',
  about: 'orders leave in parts that race each other while shelves are counted: sold units stay sold',
  options: {
    skus: whole(5, 'SKUs', 1_000),
    units: whole(150, 'units of each', 1_000_000),
    rate: whole(40, 'shoppers per second', 10_000),
    seconds: whole(20, 'seconds in which they come', 3_600),
    'warmup-rate': whole(10, 'shoppers per second of the warm-up', 10_000),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
  },
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({ name: `${index + 1}`, units: at(options, 'units') })),
  server: () => ({ SELL_AT: 'dispatch' }),
  comparison: { from: 'warmup', to: ['dispatch'], factor: 10, floorMs: 1_000 },
  async after(finished) {
    const { goods, operator, records, reported, note } = finished;
    const skus = goods.map(({ sku }) => sku);
    const histories = await readHistories(operator, skus);
    const dispatched = reported.events.of('dispatched').reduce((sum, { units }) => sum + units, 0);
    note('dispatched', `${dispatched} units of ${records.orders.size} orders`);
    return [
      ...(dispatched === 0 ? ['no unit was dispatched'] : []),
      ...few(dispatchProblems(finished)),
      ...few(onHandProblems(finished)),
      ...few(shelfProblems(histories, records.orders)),
      ...few(skus.flatMap((sku) => historyProblems(sku, histories.get(sku) ?? [], records.levels.get(sku)))),
    ];
  },
};

const key = (orderId: string, sku: string): string => `${orderId} ${sku}`;

/** Returns the lines whose dispatched units on record differ from those that were acknowledged. */
function dispatchProblems({ reported, records }: Finished): string[] {
  const acknowledged = new Map<string, number>();
  for (const { orderId, sku, units } of reported.events.of('dispatched')) {
    acknowledged.set(key(orderId, sku), (acknowledged.get(key(orderId, sku)) ?? 0) + units);
  }
  return [...records.orders.values()].flatMap(({ orderId, lines }) =>
    lines.flatMap(({ sku, fulfilled = 0 }) => {
      const expected = acknowledged.get(key(orderId, sku)) ?? 0;
      return fulfilled === expected ? [] : [`${orderId}: ${fulfilled} of ${sku} have left, ${expected} by the answers`];
    }),
  );
}

/** Returns the SKUs with other units on hand than those that have not left, or with other committed than open units. */
function onHandProblems({ goods, records }: Finished): string[] {
  const lines = [...records.orders.values()].flatMap((order) => order.lines);
  return goods.flatMap(({ sku, units }) => {
    const own = lines.filter((line) => line.sku === sku);
    const left = own.reduce((sum, { fulfilled = 0 }) => sum + fulfilled, 0);
    const open = own.reduce((sum, { quantity, fulfilled = 0 }) => sum + quantity - fulfilled, 0);
    const level = records.levels.get(sku);
    if (level?.onHand === units - left && level.committed === open) return [];
    return [`${sku}: ${level?.onHand} on hand, ${level?.committed} committed, not ${units - left} and ${open}`];
  });
}

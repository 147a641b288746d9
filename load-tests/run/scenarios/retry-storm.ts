import type { Definition } from '../toolkit/definition.ts';
import { countOf, type Histories, historyProblems, readHistories } from '../toolkit/histories.ts';
import { at, whole } from '../toolkit/options.ts';
import { few } from '../toolkit/problems.ts';

export const retryStorm: Definition = {
  name: 'retry-storm',
  about: 'each mutation is sent up to four times at once with one idempotency key: one effect each',
  options: {
    skus: whole(20, 'SKUs', 1_000, 2),
    copies: whole(4, 'times that a mutation is sent at once, at most', 6),
    rate: whole(10, 'shoppers that arrive per second, of about 35 requests each', 10_000),
    seconds: whole(20, 'seconds in which they arrive', 3_600),
    'warmup-rate': whole(4, 'shoppers per second of the warm-up', 10_000),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
  },
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) => [
    ...Array.from({ length: at(options, 'skus') }, (_, index) => ({ name: `${index + 1}`, units: ENOUGH })),
    { name: 'back-room', units: ENOUGH },
  ],
  comparison: { from: 'warmup', to: ['storm'], factor: 10, floorMs: 1_000 },
  async after({ goods, operator, records, metrics, note }) {
    const skus = goods.map(({ sku }) => sku);
    const histories = await readHistories(operator, skus);
    const surplus = goods.reduce((sum, { sku, units }) => {
      const { reserved = 0, available = 0 } = records.levels.get(sku) ?? {};
      return sum + (records.soldBySku.get(sku) ?? 0) + reserved + available - units;
    }, 0);
    const counted = (metric: string): number => metrics(metric)['count'] ?? 0;
    const pairs: [what: string, onRecord: number, live: number][] = [
      ['units taken', unitsTaken(histories), counted('units_taken')],
      ['units sent back', surplus, counted('units_returned')],
      ['deliveries', countOf(histories, 'received'), counted('deliveries')],
      ['corrections', countOf(histories, 'adjusted'), counted('deliveries')],
    ];
    for (const [what, onRecord] of pairs) note(what, onRecord);
    return [
      ...pairs
        .filter(([, onRecord, live]) => onRecord !== live)
        .map(([what, onRecord, live]) => `${what}: ${onRecord} on record, ${live} counted live`),
      ...few(skus.flatMap((sku) => historyProblems(sku, histories.get(sku) ?? [], records.levels.get(sku)))),
    ];
  },
};

const ENOUGH = 100_000;

/** Units that holds took when they began or grew. */
const unitsTaken = (histories: Histories): number =>
  [...histories.values()]
    .flat()
    .filter(({ holdId }) => holdId !== undefined)
    .reduce((sum, { reserved: { before, after } }) => sum + Math.max(0, after - before), 0);

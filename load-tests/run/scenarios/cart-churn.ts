import type { Definition } from '../toolkit/definition.ts';
import { countOf, historyProblems, readHistories } from '../toolkit/histories.ts';
import { at, whole } from '../toolkit/options.ts';
import { few } from '../toolkit/problems.ts';
import { untilNothingIsHeld } from '../toolkit/settle.ts';

export const cartChurn: Definition = {
  name: 'cart-churn',
  about: 'carts are filled, changed, emptied, abandoned and expire: every unit is released exactly once',
  options: {
    skus: whole(10, 'SKUs', 1_000),
    units: whole(10, 'units of each', 1_000_000),
    rate: whole(40, 'shoppers that arrive per second'),
    seconds: whole(20, 'seconds in which they arrive', 3_600),
    'warmup-rate': whole(15, 'shoppers per second of the warm-up'),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
    'ttl-ms': whole(2_000, 'milliseconds after which what is in a cart lapses', 60_000, 500),
  },
  ownOnly: 'carts have to lapse soon, which is a setting of the server',
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({ name: `${index + 1}`, units: at(options, 'units') })),
  // Carts outlive their lines, so that a late shopper reads the expired lines.
  server: (options) => ({
    HOLD_TTL_MS: `${at(options, 'ttl-ms')}`,
    CART_TTL_MS: `${CART_TTLS * at(options, 'ttl-ms')}`,
  }),
  comparison: { from: 'warmup', to: ['churn'], factor: 10, floorMs: 1_000 },
  settle: ({ options, operator, goods }) =>
    untilNothingIsHeld(operator, goods, at(options, 'ttl-ms') / 1_000 + SLACK_SECONDS),
  async after({ goods, operator, records, note }) {
    const histories = await readHistories(
      operator,
      goods.map(({ sku }) => sku),
    );
    const [taken, released, lapsed] = (['reserved', 'released', 'expired'] as const).map((kind) =>
      countOf(histories, kind),
    );
    note('holds', `${taken} taken, ${released} released, ${lapsed} expired`);
    return [
      ...few(goods.flatMap(({ sku, units }) => notBack(sku, units, records.levels.get(sku)?.available))),
      ...few(goods.flatMap(({ sku }) => historyProblems(sku, histories.get(sku) ?? [], records.levels.get(sku)))),
      ...(released && lapsed ? [] : ['no hold was released, or none expired: nothing was shown']),
    ];
  },
};

const CART_TTLS = 3;
const SLACK_SECONDS = 10;

const notBack = (sku: string, units: number, available = 0): string[] =>
  available === units ? [] : [`${sku}: ${available} units are back, of ${units}`];

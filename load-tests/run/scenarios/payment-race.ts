import type { OrderStatus } from '../../../src/contract/output-fields.ts';
import type { Definition } from '../toolkit/definition.ts';
import { endingProblems, shelfProblems } from '../toolkit/endings.ts';
import { historyProblems, readHistories } from '../toolkit/histories.ts';
import { at, whole } from '../toolkit/options.ts';
import { few } from '../toolkit/problems.ts';
import type { Records } from '../toolkit/read-back.ts';
import { untilNothingIsHeld } from '../toolkit/settle.ts';

export const paymentRace: Definition = {
  name: 'payment-race',
  about: 'payment, cancellation and expiry race for each order: it ends once, and the stock agrees',
  options: {
    skus: whole(5, 'SKUs', 1_000),
    units: whole(100, 'units of each', 1_000_000),
    rate: whole(40, 'orders that are begun per second', 10_000),
    seconds: whole(20, 'seconds in which they are begun', 3_600),
    'warmup-rate': whole(15, 'orders a second of the warm-up', 10_000),
    'warmup-seconds': whole(5, 'seconds of warm-up', 600),
    'window-ms': whole(1_000, 'milliseconds until a payment is due', 60_000, 1_000),
  },
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds') + at(options, 'window-ms') / 1_000,
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({ name: `${index + 1}`, units: at(options, 'units') })),
  comparison: { from: 'warmup', to: ['race'], factor: 10, floorMs: 1_000 },
  settle: ({ options, operator, goods }) =>
    untilNothingIsHeld(operator, goods, at(options, 'window-ms') / 1_000 + SLACK_SECONDS),
  async after({ goods, operator, records, reported, note }) {
    const skus = goods.map(({ sku }) => sku);
    const histories = await readHistories(operator, skus);
    note('ended', ENDS.map((status) => `${endedSo(records, status)} ${status}`).join(', '));
    return [
      ...few(endingProblems(reported.events.of('ending'), records.orders)),
      ...few(shelfProblems(histories, records.orders)),
      ...few(skus.flatMap((sku) => historyProblems(sku, histories.get(sku) ?? [], records.levels.get(sku)))),
      ...(records.orders.size < MANY
        ? []
        : USUAL_ENDS.filter((status) => endedSo(records, status) === 0).map(
            (status) => `of ${records.orders.size} orders none is ${status}`,
          )),
    ];
  },
};

const SLACK_SECONDS = 10;
/** With this many orders, a race produces each of the usual statuses. */
const MANY = 100;
const USUAL_ENDS: readonly OrderStatus[] = ['placed', 'cancelled', 'expired'];
const ENDS: readonly OrderStatus[] = [...USUAL_ENDS, 'refund_due'];

const endedSo = ({ orders }: Records, wanted: OrderStatus): number =>
  [...orders.values()].filter(({ status }) => status === wanted).length;

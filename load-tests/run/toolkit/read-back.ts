import { isSold } from '../../lib/answer-fit.ts';
import { type HttpCaller, must } from '../../../test/support/http-caller.ts';
import type { Outputs } from '../../../src/client/client.ts';
import type { Good } from '../../lib/words.ts';
import { inParallel } from './in-parallel.ts';
import type { Reported } from './order-oracle.ts';

type Order = Outputs['orders']['get'];
type Level = Outputs['stock']['level'];

/** The records of the shop after the run. */
export interface Records {
  readonly audit: Outputs['admin']['audit'];
  /** Every order that has a line of this run's SKUs, by its id. */
  readonly orders: ReadonlyMap<string, Order>;
  readonly levels: ReadonlyMap<string, Level>;
  /** Units of placed orders, including returned ones. */
  readonly soldBySku: ReadonlyMap<string, number>;
  /** Returned units of them, on hand or not. */
  readonly returnedBySku: ReadonlyMap<string, number>;
}

const PAGE = 500;

/** Reads the audit, every order and every level. None of it comes from k6. */
export async function readBack(operator: HttpCaller, goods: readonly Good[]): Promise<Records> {
  const audit = must(await operator.query('admin.audit', undefined));
  const ours = new Set(goods.map(({ sku }) => sku));
  const orders = new Map<string, Order>();
  const soldBySku = new Map<string, number>();
  const returnedBySku = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const page = must(
      await operator.query('orders.list', { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }),
    );
    for (const order of page.items) {
      const lines = order.lines.filter(({ sku }) => ours.has(sku));
      if (lines.length > 0) orders.set(order.orderId, order);
      if (!isSold(order)) continue;
      for (const { sku, quantity, returned } of lines) {
        soldBySku.set(sku, (soldBySku.get(sku) ?? 0) + quantity);
        returnedBySku.set(sku, (returnedBySku.get(sku) ?? 0) + returned);
      }
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  const levels = new Map<string, Level>();
  await inParallel(goods, async ({ sku }) => {
    levels.set(sku, must(await operator.query('stock.level', { sku })));
  });
  return { audit, orders, levels, soldBySku, returnedBySku };
}

/** Returns the faults in the records, and their differences from the answers that k6 received. */
export function auditProblems(
  goods: readonly Good[],
  reported: Reported,
  records: Records,
  losesAnswers: boolean,
): string[] {
  const { audit, orders, soldBySku } = records;
  const missing = [...reported.orders].filter(([orderId, lines]) => !isAsReported(orders.get(orderId), lines));
  const placed = [...orders.values()].filter(isSold);
  const unreported = placed.map(({ orderId }) => orderId).filter((id) => !reported.orders.has(id));
  const wrong = goods.map((good) => balanceProblem(good, records)).filter((problem) => problem !== null);
  const claims: [isTrue: boolean, problem: string][] = [
    [audit.ok, `the audit found violations: ${JSON.stringify(audit.violations.slice(0, FEW))}`],
    [reported.oversold === 0, `oversold: ${reported.oversold} units were sold that are not there`],
    [
      reported.shared.size === 0,
      `${reported.shared.size} orders were acknowledged to several shoppers, such as ${fewOf(reported.shared)}`,
    ],
    [
      reported.doubled.size === 0,
      `${reported.doubled.size} checkouts were answered with several orders each: ${fewOf(reported.doubled)}`,
    ],
    [reported.changed === 0, `${reported.changed} orders were acknowledged twice, with different lines`],
    [
      missing.length === 0,
      `${missing.length} acknowledged orders are not on record as reported: ${few(missing, ([id]) => id)}`,
    ],
    [
      losesAnswers || unreported.length === 0,
      `${unreported.length} orders are on record that no shopper received: ${fewOf(unreported)}`,
    ],
    [
      losesAnswers || goods.every(({ sku }) => (soldBySku.get(sku) ?? 0) === (reported.soldBySku.get(sku) ?? 0)),
      'the records and the live count disagree on what was sold',
    ],
    [wrong.length === 0, few(wrong, (problem) => problem)],
  ];
  return claims.filter(([isTrue]) => !isTrue).map(([, problem]) => problem);
}

const FEW = 3;
const few = <T>(items: readonly T[], words: (item: T) => string): string => items.slice(0, FEW).map(words).join(', ');
const fewOf = (ids: Iterable<string>): string => few([...ids], (id) => id);

function isAsReported(order: Order | undefined, lines: readonly { sku: string; quantity: number }[]): boolean {
  if (!order || !isSold(order) || order.lines.length !== lines.length) return false;
  return lines.every(({ sku, quantity }) => order.lines.some((line) => line.sku === sku && line.quantity === quantity));
}

/** Sold, held and available units must add up to the stock. */
function balanceProblem({ sku, units }: Good, { levels, soldBySku, returnedBySku }: Records): string | null {
  const level = levels.get(sku);
  if (!level) return `${sku} is gone`;
  const sold = soldBySku.get(sku) ?? 0;
  const returned = returnedBySku.get(sku) ?? 0;
  const { reserved, available } = level;
  const beyond = sold + reserved + available - units;
  if (beyond >= 0 && beyond <= returned) return null;
  return `${sku}: ${sold} sold, ${reserved} held and ${available} available are not ${units}`;
}

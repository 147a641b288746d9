import { duration, number } from '../../format.ts';
import type { Rates } from '../../live/use-rates.ts';
import type { ShopStatus } from '../../live/use-status.ts';
import type { WatchState } from '../../live/use-stock-watch.ts';
import { DETAIL } from '../../detail-text.ts';
import { salesPerSecond } from './sale-samples.ts';
import type { Sale } from './use-sale.ts';

/** Something that is wrong with the sale, or worth a look. */
export interface Sign {
  tone: 'danger' | 'warn' | 'neutral';
  text: string;
}

interface Observed {
  sale: Sale | undefined;
  /** Undefined: the key may not read it, or nothing has arrived yet. */
  status: ShopStatus | undefined;
  rates: Rates | null;
  watch: WatchState;
}

const WAIT_LONG_MS = 1_000;
/** Slower than this is a single request, not a stream of them. */
const FEW_PER_SECOND = 0.5;

const { signs } = DETAIL.sale;
const when = (isOn: boolean, tone: Sign['tone'], text: () => string): Sign[] => (isOn ? [{ tone, text: text() }] : []);

/** Returns what is wrong, the worst first. */
export function signsOf({ sale, status, rates, watch }: Observed): Sign[] {
  const of = (...reasons: string[]): number =>
    rates?.reasons.reduce((sum, each) => (reasons.includes(each.reason) ? sum + each.perSecond : sum), 0) ?? 0;
  const [failing, busy] = [of('internal', 'store_unavailable', 'outcome_unknown', 'store_regressed'), of('overloaded')];
  const notAdmitted = of('admission_required');
  const isSelling = (salesPerSecond(sale?.samples ?? []).at(-1) ?? 0) > 0;
  return [
    ...(status?.reasons ?? []).map((reason): Sign => ({ tone: 'danger', text: `${signs.notReady}: ${reason}.` })),
    ...when(failing > 0, 'danger', () => signs.failing(perSecond(failing))),
    ...when(status?.lastAudit?.ok === false, 'danger', () => signs.audit),
    ...unknownSkus(sale),
    ...when(busy > 0, 'warn', () => signs.busy(perSecond(busy))),
    ...waiting(status),
    ...when(notAdmitted > FEW_PER_SECOND && !isSelling, 'warn', () => signs.notAdmitted(perSecond(notAdmitted))),
    ...inCarts(sale),
    ...when(watch === 'interrupted', 'neutral', () => signs.stream),
  ];
}

const unknownSkus = (sale: Sale | undefined): Sign[] =>
  (sale?.skus ?? []).flatMap(({ sku, level }) => when(level === null, 'danger', () => signs.unknown(sku)));

function waiting(status: ShopStatus | undefined): Sign[] {
  const oldestMs = status?.queue.oldestWaitMs ?? 0;
  return when(oldestMs > WAIT_LONG_MS, 'warn', () => signs.waiting(duration(oldestMs)));
}

const inCarts = (sale: Sale | undefined): Sign[] =>
  (sale?.skus ?? []).flatMap(({ sku, level }) =>
    when(level?.available === 0 && level.reserved > 0, 'neutral', () => signs.inCarts(sku, level?.reserved ?? 0)),
  );

/** One digit after the point for small numbers, which would else all be 0 or 1. */
export const perSecond = (value: number): string =>
  number(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));

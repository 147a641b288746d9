import type { DemoOptions } from './demo-options.ts';
import type { ShopFacts, Visit } from './flash-sale.ts';

/** The object that `--json` prints. */
export interface DemoResult {
  store: DemoOptions['store'];
  /** Absent: one. */
  shops?: number;
  /** The units of all shops. */
  units: number;
  buyers: number;
  sold: number;
  oversold: number;
  undersold: number;
  auditOk: boolean;
  seconds: number;
  requests: number;
  p50Ms: number;
  p99Ms: number;
}

/** The sale of one shop. */
export interface DemoSale {
  buyers: number;
  units: number;
  visits: readonly Visit[];
  facts: ShopFacts;
  seconds: number;
  requests: number;
  latenciesMs: readonly number[];
}

/** Judges each sale separately, because a unit too few in one shop does not compensate for one too many in another. */
export function judgeSales(
  { store, shops, buyers }: Pick<DemoOptions, 'store' | 'shops' | 'buyers'>,
  sales: readonly DemoSale[],
): { result: DemoResult; problems: string[] } {
  const sums = sales.map((sale) => sumsOf(sale));
  const sumOf = (read: (sums: SaleSums) => number): number => sums.reduce((sum, each) => sum + read(each), 0);
  const sorted = sales.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
  const result: DemoResult = {
    store,
    ...(shops > 1 ? { shops } : {}),
    units: sumOf(({ units }) => units),
    buyers,
    sold: sumOf(({ sold }) => sold),
    oversold: sumOf(({ oversold }) => oversold),
    undersold: sumOf(({ undersold }) => undersold),
    auditOk: sales.every(({ facts }) => facts.audit.ok),
    seconds: round(Math.max(...sales.map(({ seconds }) => seconds)), 2),
    requests: sales.reduce((sum, { requests }) => sum + requests, 0),
    p50Ms: round(percentile(sorted, 0.5), 1),
    p99Ms: round(percentile(sorted, 0.99), 1),
  };
  const problems = sales.flatMap(({ visits, facts }, index) => {
    const own = sums[index];
    return own ? saleProblems(own, visits, facts) : [];
  });
  return { result, problems };
}

interface SaleSums {
  units: number;
  sold: number;
  oversold: number;
  undersold: number;
}

function sumsOf({ units, buyers, facts }: DemoSale): SaleSums {
  const sold = [...facts.orders.values()].reduce((sum, quantity) => sum + quantity, 0);
  const undersold = Math.max(0, Math.min(units, buyers) - sold);
  return { units, sold, oversold: Math.max(0, sold - units), undersold };
}

/** Returns the last line of the demo: the units sold, and the result of the audit. */
export function conclusion(result: DemoResult, problems: readonly string[]): string {
  const { sold, units, oversold, undersold, auditOk } = result;
  const sale = `${count(sold)} of ${count(units)}`;
  const audit = `Audit ${auditOk ? 'passed' : 'FAILED'}.`;
  if (problems.length === 0) {
    return sold === units ? `Sold exactly ${sale}. ${audit}` : `Sold ${sale}, one to each shopper. ${audit}`;
  }
  const wrong = [oversold > 0 ? `${count(oversold)} too many` : '', undersold > 0 ? `${count(undersold)} too few` : ''];
  const words = [`Sold ${sale}`, ...wrong.filter((part) => part !== '')].join(', ');
  return `${words}. ${audit} ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}, see above.`;
}

function saleProblems(
  { units, sold, oversold, undersold }: SaleSums,
  visits: readonly Visit[],
  facts: ShopFacts,
): string[] {
  const { audit, orders } = facts;
  const bought = visits.filter((visit) => visit.outcome === 'bought');
  const failed = visits.filter((visit) => visit.outcome === 'failed');
  const lost = bought.filter(({ orderId }) => !orders.has(orderId));
  const claims: [isTrue: boolean, problem: string][] = [
    [oversold === 0, `${oversold} more units were sold than the shop had`],
    [undersold === 0, `${undersold} units were left although shoppers wanted them`],
    [
      audit.ok,
      `the audit found ${audit.violations.length} violations: ${JSON.stringify(audit.violations.slice(0, 3))}`,
    ],
    [lost.length === 0, `${lost.length} acknowledged orders are not on record`],
    [orders.size === bought.length, `${orders.size} orders are on record, ${bought.length} were acknowledged`],
    [audit.totals.sold === sold, `the ledger says ${audit.totals.sold} sold, the orders ${sold}`],
    [audit.totals.available === units - sold, `${audit.totals.available} available and ${sold} sold are not ${units}`],
    [audit.totals.reserved === 0, `${audit.totals.reserved} units are still reserved`],
    [failed.length === 0, `${failed.length} visits failed, the first with: ${failed[0]?.why}`],
  ];
  return claims.filter(([isTrue]) => !isTrue).map(([, problem]) => problem);
}

/** Returns a number with separators between thousands. */
export const count = (value: number): string => value.toLocaleString('en');

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

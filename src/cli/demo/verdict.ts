import type { DemoOptions } from './demo-options.ts';
import type { ShopFacts, Visit } from './flash-sale.ts';

/** The object that `--json` prints. */
export interface DemoResult {
  store: DemoOptions['store'];
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

export interface DemoSale {
  options: DemoOptions;
  visits: readonly Visit[];
  facts: ShopFacts;
  seconds: number;
  requests: number;
  latenciesMs: readonly number[];
}

export function judgeSale(sale: DemoSale): { result: DemoResult; problems: string[] } {
  const { options, visits, facts, seconds, requests } = sale;
  const { store, units, buyers } = options;
  const sold = [...facts.orders.values()].reduce((sum, quantity) => sum + quantity, 0);
  const sorted = sale.latenciesMs.toSorted((a, b) => a - b);
  const result: DemoResult = {
    store,
    units,
    buyers,
    sold,
    oversold: Math.max(0, sold - units),
    undersold: Math.max(0, Math.min(units, buyers) - sold),
    auditOk: facts.audit.ok,
    seconds: round(seconds, 2),
    requests,
    p50Ms: round(percentile(sorted, 0.5), 1),
    p99Ms: round(percentile(sorted, 0.99), 1),
  };
  return { result, problems: saleProblems(result, visits, facts) };
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
  { units, sold, oversold, undersold }: DemoResult,
  visits: readonly Visit[],
  facts: ShopFacts,
): string[] {
  const { audit, orders } = facts;
  const bought = visits.filter((visit) => visit.outcome === 'bought');
  const failed = visits.filter((visit) => visit.outcome === 'failed');
  const lost = bought.filter(({ orderId }) => !orders.has(orderId));
  const claims: [isTrue: boolean, problem: string][] = [
    [oversold === 0, `${oversold} units were sold that are not there`],
    [undersold === 0, `${undersold} units were left although somebody wanted them`],
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

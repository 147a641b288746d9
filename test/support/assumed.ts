import { batchTime } from '../../src/domain/batch-relative.ts';
import { type StockSlack, UNBOUNDED } from '../../src/domain/machine/assumptions.ts';
import { runBatch } from '../../src/domain/machine/run-batch.ts';
import type { Step } from '../../src/domain/steps.ts';
import { FrozenShelf } from './frozen-shelf.ts';
import { START, transaction } from './transactions.ts';

const BOUNDS = { skus: [], namedMax: 3, othersMax: 2, totalMax: 4 };

/** What a decision assumes, besides the records that it read. */
export interface Assumed {
  status?: 'applied' | 'refused';
  /** In milliseconds after the start, like `before`; null: any time. */
  since?: number | null;
  before?: number | null;
  isOnSequence?: boolean;
  /** For each SKU whose counters matter, by how much they may differ. */
  stock?: Record<string, Partial<StockSlack>>;
}

/** A decision that assumes nothing. */
export const FREE: Assumed = { status: 'applied', since: null, before: null, isOnSequence: false, stock: {} };

/** Runs steps on a supply a second later, by an estimated time, and returns what their decision assumes. */
export function assumed(supply: readonly Step[], steps: readonly Step[]): Assumed {
  const shelf = new FrozenShelf();
  const supplied = [transaction('supply', supply)];
  const before = runBatch(shelf, { at: START, sequence: 0, transactions: supplied, bounds: BOUNDS });
  shelf.write(before.changes);
  const transactions = [transaction('t', steps)];
  const at = batchTime(START + 1_000);
  const { sequence } = before;
  return described(runBatch(shelf, { at, sequence, transactions, bounds: BOUNDS }));
}

function described({ assumptions, answers }: ReturnType<typeof runBatch>): Assumed {
  const { since, before, isOnSequence } = assumptions;
  const bounded = (slack: StockSlack) =>
    Object.fromEntries(Object.entries(slack).filter(([name, value]) => value !== UNBOUNDED[name as keyof StockSlack]));
  return {
    status: answers[0]?.status === 'applied' ? 'applied' : 'refused',
    since: since === 0 ? null : since - START,
    before: before === Infinity ? null : before - START,
    isOnSequence,
    stock: Object.fromEntries([...assumptions.stock].map(([sku, slack]) => [sku, bounded(slack)])),
  };
}

import { kitHoldOf } from '../../domain/kits.ts';
import { availableOf } from '../../domain/machine/step-context.ts';
import { namesLocation } from '../../domain/stock-keys.ts';
import type { Audit } from '../../contract/outputs/admin-outputs.ts';
import { ExactSum } from './exact-sum.ts';
import type { Findings } from './findings.ts';
import type { LedgerFold } from './ledger-fold.ts';

/** Returns the answer of an audit: its findings, and the totals of the fold. */
export function auditReport({ violations }: Findings, fold: LedgerFold, checkedAt: number): Audit {
  const onHandSum = new ExactSum();
  const reservedSum = new ExactSum();
  const committedSum = new ExactSum();
  const availableSum = new ExactSum();
  let skus = 0;
  for (const [key, stock] of fold.skus) {
    if (stock.isSeen && !namesLocation(key)) skus += 1;
    // A kit has no units of its own: those of its components count.
    if (stock.components) continue;
    onHandSum.add(stock.onHand);
    reservedSum.add(stock.reserved);
    committedSum.add(stock.committed);
    availableSum.add(availableOf(stock));
  }
  const totals = {
    onHand: onHandSum.total,
    reserved: reservedSum.total,
    committed: committedSum.total,
    available: availableSum.total,
    ...fold.totals,
  };
  let liveHolds = 0;
  for (const [holdId, { isCommitted }] of fold.holds) {
    if (!isCommitted && kitHoldOf(holdId) === null) liveHolds += 1;
  }
  return { ok: violations.length === 0, checkedAt, skus, liveHolds, totals, violations };
}

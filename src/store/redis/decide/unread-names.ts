import type { BatchOutcome } from '../../../domain/machine/run-batch.ts';
import type { Step } from '../../../domain/steps.ts';
import type { Answer, Transaction } from '../../../domain/transaction.ts';
import type { KnownRecords } from './known-records.ts';

/** The names of records that steps need and the decision has not read. */
export interface UnreadNames {
  skus: ReadonlySet<string>;
  holds: ReadonlySet<string>;
  documents: ReadonlySet<string>;
}

/**
 * Returns the names of records that are not cached and that the machine has not read, because an earlier step was
 * refused. If only a missing record caused that refusal, each attempt would find one more record; so all are requested
 * at once.
 */
export function unreadNames(
  { answers, reads }: BatchOutcome,
  transactions: readonly Transaction[],
  known: KnownRecords,
): UnreadNames {
  const unread = { skus: new Set<string>(), holds: new Set<string>(), documents: new Set<string>() };
  const addSku = (sku: string | undefined): void => {
    if (sku !== undefined && !reads.stock.has(sku) && !known.knows('stock', sku)) unread.skus.add(sku);
  };
  const addStep = (step: Step, hasNewHolds: boolean): void => {
    if ('sku' in step) addSku(step.sku);
    if ('key' in step && !reads.documents.has(step.key) && !known.knows('document', step.key)) {
      unread.documents.add(step.key);
    }
    if (!('holdId' in step) || (hasNewHolds && step.kind === 'reserve')) return;
    if (known.knows('hold', step.holdId)) addSku(known.skuOfHold(step.holdId));
    else if (!reads.holds.has(step.holdId)) unread.holds.add(step.holdId);
  };
  for (const [index, { steps, hasNewHolds = false }] of transactions.entries()) {
    if (mayBeForWant(answers[index])) for (const step of steps) addStep(step, hasNewHolds);
  }
  return unread;
}

/** A transaction that was refused as a whole, because it is invalid or its id is taken, needs none of its records. */
function mayBeForWant(answer: Answer | undefined): boolean {
  if (answer?.status === 'refused') return answer.step !== null;
  return answer?.status === 'failed' || answer?.status === 'overdue_pending';
}

import { batchTime, numberInBatch, settledSequence, settledTime } from '../../../domain/batch-relative.ts';
import type { DuePosition } from '../../../domain/machine/lookups.ts';
import { namedSkus, type ReclaimBounds } from '../../../domain/machine/overdue.ts';
import { type BatchOutcome, runBatch } from '../../../domain/machine/run-batch.ts';
import type { Answer, Transaction } from '../../../domain/transaction.ts';
import { asOld, newForMs } from '../../../domain/new-ids.ts';
import { SHOP_RATE } from '../../time/shop-time.ts';
import type { KnownRecords } from './known-records.ts';
import { unreadNames } from './unread-names.ts';
import { type WriteSet, writeSetOf } from './write-set.ts';

const ROUNDS_MAX = 3;

/** What the store is asked to do. */
export interface BatchCall {
  /** Valid ones only. */
  transactions: readonly Transaction[];
  bounds: ReclaimBounds;
  /** Due documents to return. */
  dueMax: number;
}

/** What became of it. */
export interface BatchDone {
  at: number;
  sequence: number;
  nextDueAt: number | null;
  ended: number;
  more: boolean;
  answers: Answer[];
  due: { key: string; version: number }[];
}

/** Overdue holds that Redis has named for a batch, which the batch ends before anything else. */
export interface OverdueHolds {
  /** The time at which they were overdue. */
  at: number;
  /** The shop's last sequence when Redis named them. */
  sequence: number;
  /** How often Redis has named some for this batch: in a storm more become overdue with each sending. */
  rounds: number;
  positions: readonly DuePosition[];
  skus: readonly string[];
  /** The SKUs of which they are complete. */
  named: ReadonlySet<string>;
}

/** A batch as it was decided on what is known. */
export interface Decision {
  outcome: BatchOutcome;
  writeSet: WriteSet;
  /** The time and the sequence before the batch that were assumed. */
  decidedAt: number;
  decidedAfter: number;
  /** The overdue holds that it ends, as Redis has named them, and those that Redis has to look for. */
  overdue: OverdueHolds | null;
  window: OverdueWindow;
}

interface Assumed {
  /** The time that the shop has surely reached, in whole epoch milliseconds. */
  estimate: number;
  /** The last that is known. */
  sequence: number;
  overdue: OverdueHolds | null;
  /** It may have been applied before. */
  isResent: boolean;
}

/**
 * Decides a batch by the transaction machine. Ids that were made for it are not looked for, unless it may have been applied
 * before, or their caller may have asked again with them. The decision does not hold beyond that time.
 */
export function decideBatch(
  known: KnownRecords,
  call: BatchCall,
  { estimate, sequence, isResent, ...given }: Assumed,
): Decision {
  const { bounds } = call;
  const newMs = newForMs(call.transactions, performance.now());
  const isNew = !isResent && newMs > 0;
  const transactions = isNew ? call.transactions : asOld(call.transactions);
  const window = overdueWindow(known, call);
  const overdue = isUnasked(given.overdue, window) ? null : given.overdue;
  const decidedAt = batchTime(estimate);
  known.setOverdue(overdue?.positions ?? [], overdue?.skus ?? []);
  const outcome = runBatch(known, {
    at: decidedAt,
    sequence,
    transactions,
    bounds,
    isOverduePending: isStorm(overdue),
    areValid: true,
  });
  if (isNew && newMs < Infinity) outcome.assumptions.onBefore(Math.floor(estimate + newMs * SHOP_RATE.min), true);
  return {
    outcome,
    writeSet: writeSetOf(
      outcome,
      known,
      { decidedAt, decidedAfter: sequence },
      unreadNames(outcome, transactions, known),
    ),
    decidedAt,
    decidedAfter: sequence,
    overdue,
    window,
  };
}

/** After some rounds no refusal is final, and none of them is compared again. */
export const isStorm = (overdue: OverdueHolds | null): boolean => (overdue?.rounds ?? 0) > ROUNDS_MAX;

/** Overdue holds that Redis has to look for, so that the machine finds all that it would end. */
export interface OverdueWindow {
  /** SKUs whose overdue holds could be in the way, in the order in which the machine ends them. */
  named: string[];
  namedMax: number;
  othersMax: number;
}

/**
 * Holds that steps name are ended first, and are in the index as the others are. So Redis has to look at more of the index, by
 * their number. It looks at `othersMax` more holds of each named SKU as well.
 */
function overdueWindow(known: KnownRecords, { transactions, bounds }: BatchCall): OverdueWindow {
  const named = namedSkus(bounds.skus, transactions, (holdId) => known.hold(holdId));
  let holds = 0;
  for (const { steps } of transactions) for (const step of steps) if ('holdId' in step) holds += 1;
  return {
    named: [...named],
    namedMax: bounds.namedMax,
    othersMax: Math.min(bounds.othersMax, bounds.totalMax) + holds,
  };
}

/** Whether what Redis has named says nothing of a SKU that matters, because its hold was not known when Redis was asked. */
const isUnasked = (overdue: OverdueHolds | null, { named }: OverdueWindow): boolean =>
  overdue !== null && !named.every((sku) => overdue.named.has(sku));

/** What Redis has given a batch that it has applied. */
export interface Given {
  at: number;
  sequenceBefore: number;
  nextDueAt: number | null;
  due: { key: string; version: number }[];
}

/** Returns what became of a batch, and remembers what it wrote. */
export function settleBatch(known: KnownRecords, decision: Decision, given: Given): BatchDone {
  const { outcome, decidedAt, decidedAfter } = decision;
  const { at, sequenceBefore, nextDueAt, due } = given;
  known.learnChanges(outcome.changes, { decidedAt, decidedAfter, at, sequenceBefore });
  return {
    at,
    sequence: sequenceBefore + numberInBatch(outcome.sequence, decidedAfter),
    nextDueAt,
    ended: outcome.ended,
    more: outcome.more,
    answers: outcome.answers.map((answer) => settledAnswer(answer, decision, given)),
    due,
  };
}

function settledAnswer(answer: Answer, { decidedAt, decidedAfter }: Decision, { at, sequenceBefore }: Given): Answer {
  if (answer.status !== 'applied' && answer.status !== 'replayed') return answer;
  const sequence = settledSequence(answer.sequence, decidedAfter, sequenceBefore);
  return { ...answer, sequence, at: settledTime(answer.at, decidedAt, at) };
}

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

/** A batch to apply. */
export interface BatchCall {
  /** Only valid transactions. */
  transactions: readonly Transaction[];
  bounds: ReclaimBounds;
  /** Due documents to return. */
  dueMax: number;
}

/** The result of an applied batch. */
export interface BatchDone {
  at: number;
  sequence: number;
  nextDueAt: number | null;
  ended: number;
  more: boolean;
  answers: Answer[];
  due: { key: string; version: number }[];
}

/** The overdue holds that Redis has returned for a batch, which ends them first. */
export interface OverdueHolds {
  /** The time at which they were overdue. */
  at: number;
  /** The shop's last sequence at that time. */
  sequence: number;
  /** How often Redis has returned overdue holds for this batch: in a storm, more become overdue with each attempt. */
  rounds: number;
  positions: readonly DuePosition[];
  skus: readonly string[];
  /** The SKUs whose overdue holds are all included. */
  named: ReadonlySet<string>;
}

/** The decision of a batch on the cached records. */
export interface BatchDecision {
  outcome: BatchOutcome;
  writeSet: WriteSet;
  /** The assumed time, and the assumed sequence before the batch. */
  decidedAt: number;
  decidedAfter: number;
  /** The overdue holds that it ends, and the ones that Redis has to look for. */
  overdue: OverdueHolds | null;
  window: OverdueWindow;
}

interface Assumed {
  /** A time that the shop has certainly reached, in whole epoch milliseconds. */
  estimate: number;
  /** The last known sequence. */
  sequence: number;
  overdue: OverdueHolds | null;
  /** Whether the batch may have been applied already. */
  isResent: boolean;
}

/**
 * Decides a batch with the transaction machine. Redis does not look for ids that were generated for the batch, unless
 * it may have been applied already or a caller may have retried with them. The decision is valid only until then.
 */
export function decideBatch(
  known: KnownRecords,
  call: BatchCall,
  { estimate, sequence, isResent, ...given }: Assumed,
): BatchDecision {
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

/**
 * Returns whether a batch has come back so often, because more holds became overdue meanwhile, that it does not wait
 * for them any longer. Its refusals are `overdue_pending`, and Redis does not look for overdue holds again.
 */
export const isStorm = (overdue: OverdueHolds | null): boolean => (overdue?.rounds ?? 0) > ROUNDS_MAX;

/** The overdue holds that Redis has to look for, so that the machine gets all that it would end. */
interface OverdueWindow {
  /** The SKUs whose overdue holds may block a step, in the order in which the machine ends them. */
  named: string[];
  namedMax: number;
  othersMax: number;
}

/**
 * Returns the window for a batch. The machine ends the holds that steps name first, and they are in the same index. So
 * Redis has to read that many more index entries. It also reads `othersMax` more holds of each named SKU.
 */
function overdueWindow(known: KnownRecords, { transactions, bounds }: BatchCall): OverdueWindow {
  const named = namedSkus(bounds.skus, transactions, known);
  let holds = 0;
  for (const { steps } of transactions) for (const step of steps) if ('holdId' in step) holds += 1;
  return {
    named: [...named],
    namedMax: bounds.namedMax,
    othersMax: Math.min(bounds.othersMax, bounds.totalMax) + holds,
  };
}

/**
 * Returns whether Redis has not looked for a SKU that matters, because its hold was not cached at the time of the
 * request.
 */
const isUnasked = (overdue: OverdueHolds | null, { named }: OverdueWindow): boolean =>
  overdue !== null && !named.every((sku) => overdue.named.has(sku));

/** The reply of Redis to an applied batch. */
export interface Given {
  at: number;
  sequenceBefore: number;
  nextDueAt: number | null;
  due: { key: string; version: number }[];
}

/** Returns the result of an applied batch, and caches the records that it wrote. */
export function settleBatch(known: KnownRecords, decision: BatchDecision, given: Given): BatchDone {
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

function settledAnswer(
  answer: Answer,
  { decidedAt, decidedAfter }: BatchDecision,
  { at, sequenceBefore }: Given,
): Answer {
  if (answer.status !== 'applied' && answer.status !== 'replayed') return answer;
  const sequence = settledSequence(answer.sequence, decidedAfter, sequenceBefore);
  return { ...answer, sequence, at: settledTime(answer.at, decidedAt, at) };
}

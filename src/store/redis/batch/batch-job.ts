import { StoreError } from '../../store.ts';
import type { BatchCall, BatchDone, BatchDecision, OverdueHolds } from '../decide/batch-decider.ts';
import {
  type BatchEnvelope,
  type BatchOverdue,
  type BatchStale,
  learnRecords,
  type NamedRecord,
} from './batch-codec.ts';
import type { KnownRecords } from '../decide/known-records.ts';
import type { ClockKeeper, SentAt } from '../clock/clock-keeper.ts';
import type { EpochProgress } from '../loss/epoch-progress.ts';
import type { RedisLink } from '../link/redis-link.ts';
import type { WaitPolicy } from '../link/requirements.ts';
import { problemOf, unavailable } from '../link/server-errors.ts';
import type { StockPrefetch } from './stock-prefetch.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import type { StoreClock } from '../clock/store-clock.ts';
import { SHOP_RATE } from '../../time/shop-time.ts';

export interface SenderOptions {
  link: RedisLink;
  calls: ScriptCalls;
  clock: StoreClock;
  keeper: ClockKeeper;
  guard: EpochProgress;
  known: KnownRecords;
  prefetch: StockPrefetch;
  /** Known once the shop is open. */
  generation: () => string;
  batchDeadlineMs: number;
  /** How each batch waits for replicas; null: no batch waits. */
  wait: WaitPolicy | null;
}

/** A batch that waits for its answer, over any number of attempts. */
export interface BatchJob {
  call: BatchCall;
  /** The time by which the caller is answered in any case, on the clock of `performance.now`. */
  deadline: number;
  timer: NodeJS.Timeout;
  resolve: (done: BatchDone) => void;
  reject: (error: StoreError) => void;
  /** Whether an answer is pending: of the server, or of its replicas where the batch waits for them. */
  sent: boolean;
  /** The number of the `WAIT` behind the last attempt. */
  wait: number;
  /** Whether the server has applied it, and it still waits for replicas. */
  applied: boolean;
  /** Whether SKUs that it needs are being read. It is sent afterwards. */
  isReading: boolean;
  /** The decision of the last attempt. */
  decision: BatchDecision | null;
  /** The overdue holds that Redis has returned for it. The batch ends them. */
  overdue: OverdueHolds | null;
  /** The records that Redis has sent for it, which stay cached until it has settled. */
  given: NamedRecord[];
  sentAt: SentAt;
  /** Whether an attempt was lost, and may have been applied. */
  uncertain: boolean;
  /** Why the shop's server did not serve the last attempt. */
  refusal: Error | null;
  settled: boolean;
}

export const newJob = (given: Pick<BatchJob, 'call' | 'deadline' | 'timer' | 'resolve' | 'reject'>): BatchJob => ({
  ...given,
  sent: false,
  wait: 0,
  applied: false,
  isReading: false,
  decision: null,
  overdue: null,
  given: [],
  sentAt: { ms: 0, earliest: 0 },
  uncertain: false,
  refusal: null,
  settled: false,
});

/** Delays a batch while records that it needs are being read, because Redis would reject it without them. */
export function awaitReads(job: BatchJob, { prefetch }: SenderOptions, then: () => void): void {
  const read = prefetch.whenRead(job.call.transactions);
  if (!read) return;
  job.isReading = true;
  void read.then(() => {
    job.isReading = false;
    then();
  });
}

/** Returns the fields of an attempt that is sent now. */
export function envelopeOf(
  job: BatchJob,
  tokens: Pick<BatchEnvelope, 'lane' | 'fencingToken' | 'previousToken'>,
  { clock, guard, generation }: SenderOptions,
): BatchEnvelope {
  const possible = clock.possible();
  job.sentAt = { ms: clock.monotonic.nowMs(), earliest: possible?.earliest ?? 0 };
  return {
    generation: generation(),
    floorAt: clock.floor,
    floorSequence: guard.mark.sequence,
    clock: clock.given,
    earliest: possible?.earliest ?? false,
    latest: possible?.latest ?? false,
    // The shop's clock may run a little slower than the clock of this process.
    notAfter: clock.now() + Math.floor((job.deadline - performance.now()) * SHOP_RATE.min) - 1,
    ...tokens,
    epoch: guard.epoch,
  };
}

/** Caches the records that Redis has sent for a batch, until the batch has settled. */
export function learnReply(job: BatchJob, reply: BatchStale | BatchOverdue, { guard, known }: SenderOptions): void {
  const { sequence, at, records } = reply;
  if (reply.word === 'overdue') {
    const rounds = (job.overdue?.rounds ?? 0) + 1;
    job.overdue = { ...reply.overdue, rounds, named: new Set(job.decision?.window.named) };
  }
  guard.mark.see(sequence, at);
  if (!job.settled) job.given.push(...learnRecords(known, records));
}

/** Returns the outcome of a batch whose deadline has passed. */
export function outcomeWhenLate(job: BatchJob, { link, batchDeadlineMs }: SenderOptions): StoreError {
  if (job.applied) return unconfirmed(batchDeadlineMs);
  const options = { problem: problemOf(job.refusal) };
  const silence = `no answer to a batch within ${batchDeadlineMs} ms`;
  if (job.sent || job.uncertain) return new StoreError('outcome_unknown', silence, options);
  if (!link.ready) return link.unavailable();
  return job.refusal ? unavailable(job.refusal) : new StoreError('unavailable', 'a batch could not be sent', options);
}

function unconfirmed(deadlineMs: number): StoreError {
  const problem = 'Redis has applied a write that too few replicas have confirmed';
  return new StoreError('outcome_unknown', `${problem} within ${deadlineMs} ms`, { problem });
}

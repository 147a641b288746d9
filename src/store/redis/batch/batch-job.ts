import type { StoreError } from '../../store.ts';
import type { BatchCall, BatchDone, Decision, OverdueHolds } from '../decide/batch-decider.ts';
import { type BatchOverdue, type BatchStale, learnRecords, type NamedRecord } from './batch-codec.ts';
import type { KnownRecords } from '../decide/known-records.ts';
import type { ClockKeeper, SentAt } from '../clock/clock-keeper.ts';
import type { LossGuard } from '../loss/loss-guard.ts';
import type { RedisLink } from '../link/redis-link.ts';
import type { StockPrefetch } from './stock-prefetch.ts';
import type { StoreClock } from '../clock/store-clock.ts';

export interface SenderOptions {
  shop: string;
  link: RedisLink;
  clock: StoreClock;
  keeper: ClockKeeper;
  guard: LossGuard;
  known: KnownRecords;
  prefetch: StockPrefetch;
  /** Known once the shop is open. */
  incarnation: () => string;
  batchDeadlineMs: number;
}

/** A batch that waits for its answer, over as many attempts as it takes. */
export interface Job {
  call: BatchCall;
  /** When the caller is answered whatever happens, by `performance.now`. */
  deadline: number;
  timer: NodeJS.Timeout;
  resolve: (done: BatchDone) => void;
  reject: (error: StoreError) => void;
  sent: boolean;
  /** SKUs that it needs are being read. It is sent when they are there. */
  isReading: boolean;
  /** As it was sent last. */
  decision: Decision | null;
  /** The overdue holds that Redis has named for it; then the batch ends them. */
  overdue: OverdueHolds | null;
  /** Records that Redis has sent for it, which are remembered until it is settled. */
  given: NamedRecord[];
  sentAt: SentAt;
  /** An attempt was lost on its way: it may have been applied. */
  uncertain: boolean;
  settled: boolean;
}

export const newJob = (given: Pick<Job, 'call' | 'deadline' | 'timer' | 'resolve' | 'reject'>): Job => ({
  ...given,
  sent: false,
  isReading: false,
  decision: null,
  overdue: null,
  given: [],
  sentAt: { ms: 0, earliest: 0 },
  uncertain: false,
  settled: false,
});

/** A batch that is decided without records that it needs is refused. So it waits for those that are on their way. */
export function awaitReads(job: Job, { prefetch }: SenderOptions, then: () => void): void {
  const read = prefetch.whenRead(job.call.transactions);
  if (!read) return;
  job.isReading = true;
  void read.then(() => {
    job.isReading = false;
    then();
  });
}

/** Remembers what Redis has sent for a batch, as long as the batch waits. */
export function learnReply(job: Job, reply: BatchStale | BatchOverdue, { guard, known }: SenderOptions): void {
  const { sequence, at, records } = reply;
  if (reply.word === 'overdue') {
    const rounds = (job.overdue?.rounds ?? 0) + 1;
    job.overdue = { ...reply.overdue, rounds, named: new Set(job.decision?.window.named) };
  }
  guard.mark.note(sequence, at);
  if (!job.settled) job.given.push(...learnRecords(known, records));
}

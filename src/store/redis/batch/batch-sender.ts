import { randomBytes } from 'node:crypto';
import { StoreError } from '../../store.ts';
import type { BatchApplied, BatchReply } from './batch-codec.ts';
import { decodeBatchReply, encodeBatch } from './batch-codec.ts';
import { type BatchCall, type BatchDone, decideBatch, settleBatch } from '../decide/batch-decider.ts';
import {
  awaitReads,
  type BatchJob,
  envelopeOf,
  learnReply,
  newJob,
  outcomeWhenLate,
  type SenderOptions,
} from './batch-job.ts';
import { type ReplicaWait, replicaWaitOf } from './replica-wait.ts';
import type { ClockStepped, SentAt } from '../clock/clock-keeper.ts';
import { scriptCommands } from '../scripts/function-command.ts';
import { ATTEMPT_SHARE, RESEND_MS } from '../scripts/script-reader.ts';
import { LinkDown } from '../link/redis-link.ts';
import { describeFault, judgeReply, unavailable } from '../link/server-errors.ts';

/**
 * Sends batches in order. Each is resent until it is answered or its deadline has passed.
 *
 * A batch may be resent after a lost connection, because its transactions have ids. Each attempt carries a fencing
 * token, a number that rises with every attempt of this process. With it `commit.lua` prevents two faults:
 * - The network delivers an old copy after a newer one was answered, so that a refused batch would be applied after
 *   all. Its token is lower than the last applied one, so Redis rejects it.
 * - The first of two batches in flight fails (its function was unknown, for example) and the second arrives. The second
 *   names the token of its predecessor (`previousToken`), so Redis rejects it, and both are resent in order.
 * Redis rejects a batch after its deadline in Redis time (`notAfter`), so nothing is applied once the caller has
 * received `outcome_unknown`.
 */
export class BatchSender {
  readonly #options: SenderOptions;
  readonly #commandOf: ReturnType<typeof scriptCommands>;
  readonly #replicaWait: ReplicaWait | null;
  readonly #lane = randomBytes(6).toString('base64url');
  readonly #jobs: BatchJob[] = [];
  #fencingToken = 0;
  #previousToken: number | false = false;
  /** Whether a batch has to be resent. Batches in flight settle first, then all are sent in order. */
  #gap = true;
  #scriptsMissing = false;
  /** Whether the scripts are being loaded, or shop time is being corrected. Nothing is sent meanwhile. */
  #isRepairing = false;
  #retryTimer: NodeJS.Timeout | undefined;
  /** The oldest batch in flight, and the timer that drops its connection. */
  #watched: BatchJob | undefined;
  #attemptTimer: NodeJS.Timeout | undefined;
  /** Whether the shop has begun another epoch, so that the connection has to be reopened. */
  #epochEnded = false;
  #closed: (() => void) | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#commandOf = scriptCommands(options.calls, 'commit');
    this.#replicaWait = replicaWaitOf(options, {
      confirmed: (job, done) => this.#acknowledge(job, done),
      lost: (jobs, error) => jobs.forEach((job) => this.#failed(job, error)),
    });
  }

  /**
   * Rejects with `StoreError` `unavailable`, `outcome_unknown`, `batch_failed`, `regressed` or `closed`, by the
   * deadline.
   */
  send(call: BatchCall): Promise<BatchDone> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    return new Promise((resolve, reject) => {
      const now = performance.now();
      const deadline = this.#mayBeginAt(now) + this.#options.batchDeadlineMs;
      const timer = setTimeout(() => this.#expire(job), deadline - now);
      const job = newJob({ call, deadline, timer, resolve, reject });
      this.#jobs.push(job);
      awaitReads(job, this.#options, () => this.pump());
      this.pump();
    });
  }

  /** Sends the waiting batches if that is possible. Call it whenever the link has become ready. */
  pump(): void {
    const { link } = this.#options;
    if (link.frozen) this.#refuseAll(link.frozen);
    if (!link.ready || this.#isRepairing || this.#retryTimer) return;
    if (this.#gap) {
      if (this.#jobs.some((job) => job.sent)) return;
      if (this.#epochEnded) {
        this.#epochEnded = false;
        return link.drop('the shop has begun another epoch');
      }
      if (this.#scriptsMissing) return this.#loadScripts();
      this.#gap = false;
      this.#previousToken = false;
    }
    for (const job of this.#jobs) {
      if (job.isReading) return;
      if (!job.sent) this.#sendJob(job);
    }
  }

  /** Accepts no more batches. Resolves when all accepted ones have settled, by the deadline of the last one. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = () => {
        clearTimeout(this.#retryTimer);
        resolve();
      };
      if (this.#jobs.length === 0) this.#closed();
    });
  }

  get #attemptMs(): number {
    return this.#options.batchDeadlineMs * ATTEMPT_SHARE;
  }

  /**
   * Returns the latest time at which Redis can begin with a batch that is sent now. Redis processes batches in order,
   * so the time behind another batch does not count. It is at most one deadline, however many batches are in flight.
   */
  #mayBeginAt(now: number): number {
    const ahead = this.#jobs.findLast((job) => job.sent);
    return ahead ? Math.min(ahead.deadline, now + this.#options.batchDeadlineMs) : now;
  }

  /** Answers arrive in order, so only the oldest batch in flight can be late: the others wait behind it. */
  #watchOldest(): void {
    const oldest = this.#jobs.find((job) => job.sent && !job.applied);
    if (oldest === this.#watched) return;
    clearTimeout(this.#attemptTimer);
    this.#watched = oldest;
    if (!oldest) return;
    this.#attemptTimer = setTimeout(() => this.#options.link.drop('no answer to a batch'), this.#attemptMs);
  }

  #sendJob(job: BatchJob): void {
    const { link, known, clock, guard } = this.#options;
    const { call, overdue } = job;
    const assumed = { estimate: clock.now(), sequence: guard.mark.seen, overdue, isResent: job.uncertain };
    job.decision = decideBatch(known, call, assumed);
    const previousToken = this.#previousToken;
    this.#fencingToken += 1;
    this.#previousToken = this.#fencingToken;
    const tokens = { lane: this.#lane, fencingToken: this.#fencingToken, previousToken };
    const { numbers, texts } = encodeBatch(call, job.decision, envelopeOf(job, tokens, this.#options));
    job.sent = true;
    this.#watchOldest();
    link.sendCommand(this.#commandOf(texts, numbers)).then(
      (reply) => this.#answered(job, reply),
      (error: Error) => this.#failed(job, error),
    );
    if (this.#replicaWait) job.wait = this.#replicaWait.follow();
  }

  #answered(job: BatchJob, reply: unknown): void {
    this.#leaveFlight(job);
    let done: BatchReply;
    try {
      done = decodeBatchReply(reply);
    } catch (error) {
      this.#settle(job, new StoreError('outcome_unknown', 'the answer to a batch cannot be read', { cause: error }));
      return;
    }
    if (done.word === 'clock_stepped') {
      this.#gap = true;
      this.#adjustClock(done, job.sentAt);
      return;
    }
    if (done.word === 'other_epoch') {
      this.#epochEnded = true;
      this.#sendAgain();
      return;
    }
    const { clock } = this.#options;
    clock.learn(done.at, job.sentAt.ms);
    clock.floor = Math.max(clock.floor, done.at);
    if (done.word === 'done') return this.#applied(job, done);
    if (done.word === 'overdue' || done.word === 'stale') learnReply(job, done, this.#options);
    this.#sendAgain();
  }

  #applied(job: BatchJob, applied: BatchApplied): void {
    const { clock, guard, known } = this.#options;
    if (!job.decision) throw new Error('Redis applied a batch that was not sent');
    const done = settleBatch(known, job.decision, applied);
    clock.stats.offsetMs = applied.clockOffsetMs;
    guard.mark.see(done.sequence, done.at);
    guard.recent.note(done, applied.sequenceBefore, job.call);
    if (!this.#replicaWait) return this.#acknowledge(job, done);
    if (job.settled) return;
    job.sent = job.applied = true;
    this.#replicaWait.add({ job, done, number: job.wait });
  }

  #acknowledge(job: BatchJob, done: BatchDone): void {
    this.#options.guard.mark.note(done.sequence, done.at);
    job.sent = false;
    this.#settle(job, done);
  }

  #failed(job: BatchJob, error: Error): void {
    job.uncertain ||= job.applied;
    this.#leaveFlight(job);
    this.#gap = true;
    if (error instanceof LinkDown) {
      job.uncertain ||= error.sent;
      this.pump();
      return;
    }
    const verdict = judgeReply(error);
    if (verdict === 'no_script') {
      this.#scriptsMissing = true;
      this.pump();
    } else if (verdict === 'moving') {
      job.refusal = error;
      this.#sendAgainSoon();
    } else if (verdict === 'call_failed' && !job.uncertain) {
      this.#settle(job, new StoreError('batch_failed', describeFault(error), { cause: error }));
    } else if (!job.uncertain) {
      this.#settle(job, unavailable(error));
    } else {
      this.#sendAgainSoon();
    }
  }

  #leaveFlight(job: BatchJob): void {
    job.sent = job.applied = false;
    this.#watchOldest();
  }

  #sendAgain(): void {
    this.#gap = true;
    this.pump();
  }

  /** A frozen shop applies nothing until an operator has acted. The outcome of earlier attempts stays unknown. */
  #refuseAll(frozen: StoreError): void {
    const unknown = 'the shop was frozen before Redis answered a batch';
    for (const job of this.#jobs.filter(({ sent }) => !sent)) {
      this.#settle(job, job.uncertain ? new StoreError('outcome_unknown', unknown, { cause: frozen }) : frozen);
    }
  }

  /** Resends later: the server accepts nothing now, but only it knows whether an earlier attempt was applied. */
  #sendAgainSoon(): void {
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      this.pump();
    }, RESEND_MS);
  }

  /** Corrects shop time after a batch was rejected for a clock step. */
  #adjustClock(found: ClockStepped, sentAt: SentAt): void {
    if (this.#isRepairing) return;
    const { keeper, link } = this.#options;
    const timer = setTimeout(() => link.drop('no answer to a change of the clock'), this.#attemptMs);
    this.#repair(keeper.absorb(found, sentAt).finally(() => clearTimeout(timer)));
  }

  #loadScripts(): void {
    const { calls, link } = this.#options;
    const noted = calls
      .load((command, args) => link.sendWithin(this.#attemptMs, command, args))
      .then(() => {
        this.#scriptsMissing = false;
        return true;
      });
    this.#repair(noted);
  }

  /** Sends nothing until the repair has settled. Afterwards resends all waiting batches. */
  #repair(repair: Promise<boolean>): void {
    this.#isRepairing = true;
    const settled = (isRepaired: boolean) => {
      this.#isRepairing = false;
      if (isRepaired) this.pump();
      else this.#sendAgainSoon();
    };
    repair.then(settled, () => settled(false));
  }

  #expire(job: BatchJob): void {
    const isUnanswered = job.sent && !job.applied;
    this.#settle(job, outcomeWhenLate(job, this.#options));
    if (isUnanswered) this.#options.link.drop('no answer to a batch');
  }

  #settle(job: BatchJob, outcome: BatchDone | StoreError): void {
    if (job.settled) return;
    job.settled = true;
    clearTimeout(job.timer);
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    for (const [kind, name] of job.given) this.#options.known.release(kind, name);
    this.#watchOldest();
    if (outcome instanceof StoreError) job.reject(outcome);
    else job.resolve(outcome);
    if (this.#jobs.length === 0) this.#closed?.();
    else this.pump();
  }
}

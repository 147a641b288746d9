import { setTimeout } from 'node:timers/promises';
import type { RootDatabase } from 'lmdb';
import { StoreError } from '../../store.ts';
import type { CommitMarker } from './commit-marker.ts';
import { handleCommitError } from '../files/environment.ts';
import type { FlushedMeta } from '../files/flushed-meta.ts';
import { FlushWaiters } from './flush-waiters.ts';
import { Job } from './write-job.ts';

/** One is flushed while the next one is written; more would only be smaller. */
const GROUPS_MAX = 2;
/** A group takes no further job after this long, so that the event loop gets its turn. */
const GROUP_MS_MAX = 8;

export interface GroupCommitOptions {
  root: RootDatabase;
  marker: CommitMarker;
  deadlineMs: number;
  flushedMeta: FlushedMeta;
  /** Returns why nothing may be acknowledged any more, or null. Looked at before each acknowledgement. */
  problem: () => string | null;
  /** Called once, when nothing will be written any more; see `isFlushLost`. */
  onBroken: (error: StoreError) => void;
}

/**
 * Performs jobs, in the order in which they were handed over, in LMDB transactions: those that wait together are one
 * group, which is one transaction with one flush. A job is a nested transaction of its own, so that one that throws is
 * rolled back whole while its neighbours stay.
 *
 * What lmdb-js 3.5 promises, read from its source: with `overlappingSync` a commit makes the group readable, releases the
 * writer's lock and then syncs file and meta page in its own thread; the transaction's promise resolves after that, as
 * does `flushed`. `flushed` is the promise of the transaction that was started last, so it is asked for in the
 * same turn; it never settles for a commit that failed, and it says nothing of `transactionSync`. It resolves also where
 * the flush succeeded and writing the meta page of it did not; every later transaction is refused then, reads included, so
 * a look at the data comes before each acknowledgement.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #root: RootDatabase;
  readonly #marker: CommitMarker;
  readonly #deadlineMs: number;
  readonly #waiters: FlushWaiters;
  #queue: Job[] = [];
  #underWay = 0;
  /** A group has been started and its transaction has not begun: what is handed over now joins it. */
  #beginning = false;
  #lastGroup: number;
  #broken: StoreError | null = null;
  #isFlushLost = false;
  #settled: (() => void)[] = [];
  /** Settles when all groups before are settled: after a failed flush none counts whose own flush came later. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#root = options.root;
    this.#marker = options.marker;
    this.#deadlineMs = options.deadlineMs;
    this.#lastGroup = options.marker.last();
    this.#waiters = new FlushWaiters(options.deadlineMs);
  }

  /**
   * Runs `body` in a write transaction and resolves to its value when that is on disk. Rejects with `StoreError`:
   * `batch_failed` (the body threw, nothing of it stays), `unavailable` (nothing was applied), `outcome_unknown`.
   */
  run<T>(body: () => T): Promise<T> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise<T>((resolve, reject) => {
      let value: T;
      const job = new Job({
        body: () => {
          value = body();
        },
        resolve: () => resolve(value),
        reject,
        deadlineMs: this.#deadlineMs,
        forget: (late) => {
          this.#queue = this.#queue.filter((other) => other !== late);
        },
      });
      this.#queue.push(job);
      this.#start();
    });
  }

  /**
   * Resolves when `group`, which some reader has seen, is on disk: nobody acts on what a power cut could take back. Rejects
   * with `StoreError` `unavailable` where it does not get there within the deadline.
   */
  onDisk(group: number): Promise<void> {
    return this.#waiters.until(group);
  }

  /** Resolves when nothing is queued or under way, or when the disk has not got there within `deadlineMs`. */
  async drained(deadlineMs: number): Promise<void> {
    if (this.#queue.length === 0 && this.#underWay === 0) return;
    const settled = new Promise<void>((resolve) => this.#settled.push(resolve));
    await Promise.race([settled, setTimeout(deadlineMs, undefined, { ref: false })]);
  }

  #start(): void {
    if (this.#queue.length === 0 || this.#beginning || this.#underWay >= GROUPS_MAX) return;
    this.#beginning = true;
    this.#underWay += 1;
    const group: { number: number; jobs: Job[] } = { number: 0, jobs: [] };
    const committed = this.#root.transaction(() => this.#perform(group));
    const flushed = this.#root.flushed.then(() => undefined);
    handleCommitError(committed);
    const outcome = Promise.all([committed, flushed]).then(
      () => null,
      (error: unknown) => error as Error,
    );
    this.#turn = Promise.all([outcome, this.#turn]).then(([error]) => {
      if (error === null) this.#succeed(group.number, group.jobs);
      else this.#fail(group.number, group.jobs, error);
    });
  }

  #perform(group: { number: number; jobs: Job[] }): void {
    this.#beginning = false;
    this.#lastGroup += 1;
    group.number = this.#lastGroup;
    this.#marker.put(group.number);
    const until = performance.now() + GROUP_MS_MAX;
    do {
      const job = this.#queue.shift();
      if (!job) break;
      group.jobs.push(job);
      job.perform((body) => this.#root.childTransaction(body));
    } while (performance.now() < until);
    // Not at once: a transaction that is asked for in here would become part of this one.
    if (this.#queue.length > 0) setImmediate(() => this.#start());
  }

  /** Whether a flush has failed: the process should end, without closing the data, which would be a flush too. */
  get isFlushLost(): boolean {
    return this.#isFlushLost;
  }

  #succeed(group: number, jobs: readonly Job[]): void {
    if (!this.#broken) this.#demandFlushed();
    if (!this.#broken) this.#waiters.flushed(group);
    for (const job of jobs) {
      if (this.#broken)
        job.reject(
          new StoreError('outcome_unknown', this.#broken.message, {
            cause: this.#broken,
            problem: this.#broken.problem,
          }),
        );
      else job.resolve();
    }
    this.#end();
  }

  /** Breaks unless what was flushed can be found again: see above, and `FileWatch`. */
  #demandFlushed(): void {
    const problem = this.#options.problem();
    if (problem !== null) return this.freeze(problem);
    try {
      this.#root.resetReadTxn();
      this.#marker.last();
      this.#options.flushedMeta.remember();
    } catch (error) {
      this.#break(error as Error);
    }
  }

  /** Writes and acknowledges nothing any more, and says why. */
  freeze(problem: string): void {
    this.#stop(new StoreError('unavailable', problem, { problem }));
  }

  /** Why nothing is written any more, or null. */
  get broken(): StoreError | null {
    return this.#broken;
  }

  /**
   * The disk refused a write, then nothing happened; or it failed to flush what is readable already, then nobody knows
   * what it will say after a restart: a second flush that succeeds would prove nothing (the kernel forgets failed pages).
   */
  #fail(group: number, jobs: readonly Job[], error: Error): void {
    if (group === 0) this.#beginning = false;
    const nothingStays = this.#lacks(group);
    if (!nothingStays) this.#break(error);
    const fault = nothingStays ? 'unavailable' : 'outcome_unknown';
    const problem = 'the disk refuses writes';
    for (const job of jobs)
      job.reject(new StoreError(fault, `the disk refused a commit: ${error.message}`, { cause: error, problem }));
    this.#end();
  }

  #lacks(group: number): boolean {
    try {
      this.#root.resetReadTxn();
      return this.#marker.lacks(group);
    } catch {
      return false;
    }
  }

  #break(error: Error): void {
    if (this.#broken) return;
    const problem = 'a flush failed, restart to see what is on disk';
    try {
      this.#options.flushedMeta.note();
    } catch {
      // A disk that takes no note has flushed nothing else either.
    }
    this.#isFlushLost = true;
    this.#stop(new StoreError('unavailable', `${problem}: ${error.message}`, { cause: error, problem }));
  }

  #stop(broken: StoreError): void {
    if (this.#broken) return;
    this.#broken = broken;
    this.#waiters.fail(broken);
    for (const job of this.#queue.splice(0)) job.reject(broken);
    this.#options.onBroken(broken);
  }

  #end(): void {
    this.#underWay -= 1;
    this.#start();
    if (this.#queue.length > 0 || this.#underWay > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

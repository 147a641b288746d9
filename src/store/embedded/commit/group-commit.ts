import { setTimeout } from 'node:timers/promises';
import type { RootDatabase } from 'lmdb';
import { StoreError } from '../../store.ts';
import type { CommitMarker } from './commit-marker.ts';
import { handleCommitError } from '../files/environment.ts';
import type { FlushedMeta } from '../files/flushed-meta.ts';
import { FlushWaiters } from './flush-waiters.ts';
import { WriteJob } from './write-job.ts';

/** One group is flushed while the next one is written. More groups in flight would only be smaller ones. */
const GROUPS_MAX = 2;
/** A group accepts no further job after this time, so that the event loop is not blocked. */
const GROUP_MS_MAX = 8;

interface GroupCommitOptions {
  root: RootDatabase;
  marker: CommitMarker;
  deadlineMs: number;
  flushedMeta: FlushedMeta;
  /** Returns why nothing may be acknowledged any more, or null. Called before each acknowledgement. */
  problem: () => string | null;
  /** Called once, when nothing will be written any more; see `isFlushLost`. */
  onBroken: (error: StoreError) => void;
}

/**
 * Performs jobs in LMDB transactions, in the order of the calls. Jobs that wait together are one group, which is one
 * transaction with one flush. Each job is a nested transaction of its own, so that a job that throws is rolled back
 * whole without affecting the others.
 *
 * The guarantees of lmdb-js 3.5, read from its source: with `overlappingSync` a commit makes the group readable,
 * releases the writer's lock and then syncs file and meta page in its own thread; afterwards the transaction's promise
 * resolves, and so does `flushed`. `flushed` is the promise of the transaction that was started last, so it is read in
 * the same turn. It never settles for a commit that failed, and does not cover `transactionSync`. It also resolves
 * where the flush succeeded but writing its meta page did not; every later transaction is refused then, reads included.
 * So each acknowledgement is preceded by a read.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #root: RootDatabase;
  readonly #marker: CommitMarker;
  readonly #deadlineMs: number;
  readonly #waiters: FlushWaiters;
  #queue: WriteJob[] = [];
  #inFlight = 0;
  /** A group has been started and its transaction has not begun. New jobs join it. */
  #beginning = false;
  #lastGroup: number;
  #broken: StoreError | null = null;
  #isFlushLost = false;
  #settled: (() => void)[] = [];
  /** Settles when all earlier groups have settled, because after a failed flush no later flush counts. */
  #previous: Promise<void> = Promise.resolve();

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
   * `batch_failed` (the body threw and was rolled back), `unavailable` (nothing was applied), `outcome_unknown`.
   */
  run<T>(body: () => T): Promise<T> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise<T>((resolve, reject) => {
      let value: T;
      const job = new WriteJob({
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
   * Resolves when `group`, which a reader has seen, is on disk, so that no answer depends on data that a power cut
   * could take back. Rejects with `StoreError` `unavailable` where that takes longer than the deadline.
   */
  onDisk(group: number): Promise<void> {
    return this.#waiters.until(group);
  }

  /** Resolves when no job is queued or in flight, or after `deadlineMs`. */
  async drained(deadlineMs: number): Promise<void> {
    if (this.#queue.length === 0 && this.#inFlight === 0) return;
    const settled = new Promise<void>((resolve) => this.#settled.push(resolve));
    await Promise.race([settled, setTimeout(deadlineMs, undefined, { ref: false })]);
  }

  #start(): void {
    if (this.#queue.length === 0 || this.#beginning || this.#inFlight >= GROUPS_MAX) return;
    this.#beginning = true;
    this.#inFlight += 1;
    const group: { number: number; jobs: WriteJob[] } = { number: 0, jobs: [] };
    const committed = this.#root.transaction(() => this.#perform(group));
    const flushed = this.#root.flushed.then(() => undefined);
    handleCommitError(committed);
    const outcome = Promise.all([committed, flushed]).then(
      () => null,
      (error: unknown) => error as Error,
    );
    this.#previous = Promise.all([outcome, this.#previous]).then(([error]) => {
      if (error === null) this.#succeed(group.number, group.jobs);
      else this.#fail(group.number, group.jobs, error);
    });
  }

  #perform(group: { number: number; jobs: WriteJob[] }): void {
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
    // Starts in a later turn, because a transaction that is requested here would become part of the current one.
    if (this.#queue.length > 0) setImmediate(() => this.#start());
  }

  /**
   * Whether a flush has failed. The process should then end without closing the data, which would be a flush as well.
   */
  get isFlushLost(): boolean {
    return this.#isFlushLost;
  }

  #succeed(group: number, jobs: readonly WriteJob[]): void {
    if (!this.#broken) this.#checkFlushed();
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

  /** Stops all writes unless the flushed data can be read again: see above, and `FileWatch`. */
  #checkFlushed(): void {
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

  /** Stops writing and acknowledging. Every call is rejected with `problem` from then on. */
  freeze(problem: string): void {
    this.#stop(new StoreError('unavailable', problem, { problem }));
  }

  /** The reason why nothing is written any more, or null. */
  get broken(): StoreError | null {
    return this.#broken;
  }

  /**
   * Either the disk refused a write, and nothing was applied; or it failed to flush data that is readable already, and
   * the outcome is unknown until a restart. A second flush that succeeds proves nothing, because the kernel drops
   * failed pages.
   */
  #fail(group: number, jobs: readonly WriteJob[], error: Error): void {
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
      // A disk that refuses this write has not flushed anything else either.
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
    this.#inFlight -= 1;
    this.#start();
    if (this.#queue.length > 0 || this.#inFlight > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

import { BatchCost } from './batch-cost.ts';
import { BatchFiller } from './batch-filler.ts';
import { Abandoned, AnswersMismatch, BatcherClosed, Overloaded, QueueTimeout } from './batcher-errors.ts';
import { type BatcherLimits, batcherLimits } from './batcher-limits.ts';
import type { QueueEntry, QueueItem, BatcherOptions, BatcherStats } from './batcher-options.ts';
import { Queues } from './queues.ts';
import { BatchSplitter } from './batch-splitter.ts';

/**
 * Turns what many callers submit into few batches. It knows nothing of what the items mean, and decides nothing.
 *
 * - A batch leaves as soon as one of `batchesInFlightMax` slots is free, at the end of the event loop's present turn: what
 *   arrives in one turn travels together, a lone item waits for nothing, and batches grow with the load. No timers.
 * - Items of one address are sent in the order of `submit`. Two batches in flight may both carry items of one address,
 *   so their effects keep that order if `send` hands batches on in the order of its calls, as one connection does.
 *   Parts of a failed batch go again later, in their own order, behind whatever left in the meantime.
 * - What a batch may hold, and who goes first, is `BatchFiller`'s.
 * - A batch that fails as a whole goes again in parts, so that one bad item does not fail 255 strangers; an item that
 *   fails alone rejects its own caller only. Parts go one at a time, by turns with fresh batches; fresh ones wait only
 *   while more than a batch's worth of items is left to resend.
 * - Every promise settles, given that `send` does.
 */
export class Batcher<Item, Answer> {
  readonly #send: BatcherOptions<Item, Answer>['send'];
  readonly #splitOn: (error: unknown) => boolean;
  readonly #limits: Readonly<BatcherLimits>;
  readonly #now: () => number;
  readonly #queues: Queues<QueueEntry<Item, Answer>>;
  readonly #filler: BatchFiller<QueueEntry<Item, Answer>>;
  readonly #cost: BatchCost;
  readonly #splitter = new BatchSplitter<QueueEntry<Item, Answer>>();
  readonly #counts = {
    sentBatches: 0,
    sentItems: 0,
    failedBatches: 0,
    overloadedItems: 0,
    overdueItems: 0,
    abandonedItems: 0,
  };
  #servedAt = -Infinity;
  #slotFreedAt = -Infinity;
  #inFlightBatches = 0;
  #inFlightItems = 0;
  #isResending = false;
  #isResendsTurn = false;
  #isDispatchDue = false;
  #isClosed = false;
  #drained: (() => void)[] = [];

  /** Throws `RangeError` for limits that cannot be. */
  constructor(options: BatcherOptions<Item, Answer>) {
    this.#send = options.send;
    this.#splitOn = options.splitOn ?? (() => true);
    this.#limits = batcherLimits(options.limits);
    this.#now = options.now ?? (() => performance.now());
    this.#queues = new Queues(this.#limits);
    this.#cost = new BatchCost(this.#limits.batchMsMax, this.#limits.batchStepsMax);
    this.#filler = new BatchFiller(this.#queues, this.#limits, this.#cost);
  }

  /**
   * Resolves with what `send` answered to this item. Rejects with `Overloaded` or `LaneClosed` at once, after `waitMsMax`
   * with `Overloaded` where others were served meanwhile and else with `WaitedTooLong`, with `Abandoned` where the
   * connection was destroyed meanwhile, and with `RangeError` for a size
   * that is no number of 0 or more: then it was never sent. Rejects with `AnswersMismatch`, or with the error of `send`,
   * when it was.
   */
  submit({ payload, address, steps, bytes, connection }: QueueItem<Item>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.enter({ payload, address, steps, bytes, connection, since: 0, resolve, reject });
    });
  }

  /** As `submit`, for an entry of the caller's own: what is made for each that waits costs memory in a flood. */
  enter(entry: QueueEntry<Item, Answer>): void {
    const { steps, bytes } = entry;
    if (this.#isClosed) return entry.reject(new BatcherClosed());
    if (!(steps >= 0 && bytes >= 0))
      return entry.reject(new RangeError(`an item of ${steps} steps and ${bytes} bytes`));
    entry.since = this.#now();
    this.#rejectOverdue(entry.since);
    const full = this.#queues.offer(entry);
    if (full) {
      this.#counts.overloadedItems += 1;
      entry.reject(new Overloaded(full));
    } else {
      this.#dispatchSoon();
    }
  }

  /** Resolves when nothing waits and nothing is in flight; under a steady load that may be never. Never rejects. */
  drain(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Takes nothing more in, and resolves when all that was taken in has settled. Idempotent. Never rejects. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.drain();
  }

  /** What a gauge or a counter wants to know; O(1). */
  stats(): BatcherStats {
    const oldest = this.#queues.peekOldest();
    return {
      shopQueueItems: this.#queues.shopItems,
      mailboxItems: this.#queues.mailboxItems,
      mailboxes: this.#queues.mailboxes,
      oldestWaitMs: oldest ? this.#now() - oldest.since : 0,
      resendItems: this.#splitter.items,
      inFlightBatches: this.#inFlightBatches,
      inFlightItems: this.#inFlightItems,
      ...this.#counts,
    };
  }

  /**
   * Waits for the end of the event loop's turn rather than of the microtasks: requests that came in on different
   * sockets are separate tasks of one turn, and share a batch only this way.
   */
  #dispatchSoon(): void {
    if (this.#isDispatchDue || this.#inFlightBatches >= this.#limits.batchesInFlightMax) return;
    this.#isDispatchDue = true;
    setImmediate(() => {
      this.#isDispatchDue = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    this.#rejectOverdue(this.#now());
    while (this.#inFlightBatches < this.#limits.batchesInFlightMax) {
      if (this.#isResendNext()) void this.#resend(this.#splitter.take() ?? []);
      else if (this.#maySendFresh()) void this.#sendFresh(this.#filler.fill());
      else break;
    }
    if (this.#isIdle()) for (const tell of this.#drained.splice(0)) tell();
  }

  #isResendNext(): boolean {
    if (this.#isResending || this.#splitter.items === 0) return false;
    return this.#isResendsTurn || !this.#maySendFresh();
  }

  /** Fresh batches wait while much is left to resend, or a run of failing ones would pile up without bound. */
  #maySendFresh(): boolean {
    return this.#queues.size > 0 && this.#splitter.items <= this.#limits.batchItemsMax;
  }

  async #sendFresh(filled: QueueEntry<Item, Answer>[]): Promise<void> {
    const batch = this.#withoutAbandoned(filled);
    if (batch.length === 0) return;
    this.#isResendsTurn = true;
    const failure = await this.#attempt(batch);
    if (failure?.isWorthSplitting && batch.length > 1) this.#splitter.addBatch(batch);
    else if (failure) rejectAll(batch, failure.error);
    this.#freeSlot(batch);
  }

  /** What a client that has left asked for is not begun: the slot is worth more to those who wait. */
  #withoutAbandoned(batch: QueueEntry<Item, Answer>[]): QueueEntry<Item, Answer>[] {
    if (!batch.some(({ connection }) => connection?.destroyed)) return batch;
    const abandoned = batch.filter(({ connection }) => connection?.destroyed);
    this.#counts.abandonedItems += abandoned.length;
    rejectAll(abandoned, new Abandoned());
    return batch.filter(({ connection }) => !connection?.destroyed);
  }

  async #resend(piece: QueueEntry<Item, Answer>[]): Promise<void> {
    this.#isResendsTurn = false;
    this.#isResending = true;
    const failure = await this.#attempt(piece);
    this.#isResending = false;
    if (failure?.isWorthSplitting && piece.length > 1) this.#splitter.addPiece(piece);
    else if (failure) rejectAll(piece, failure.error);
    // The same outage would meet every other piece, each after a deadline of its own.
    if (failure && !failure.isWorthSplitting) rejectAll(this.#splitter.takeAll(), failure.error);
    this.#freeSlot(piece);
  }

  /** Sends a batch and resolves its callers; returns the failure, with all of them still unsettled. Never rejects. */
  async #attempt(batch: readonly QueueEntry<Item, Answer>[]): Promise<Failure | null> {
    this.#inFlightBatches += 1;
    this.#inFlightItems += batch.length;
    this.#counts.sentBatches += 1;
    this.#counts.sentItems += batch.length;
    const sentAt = this.#now();
    try {
      const answers = await this.#send(batch.map((entry) => entry.payload));
      if (!Array.isArray(answers) || answers.length !== batch.length) throw new AnswersMismatch(batch.length, answers);
      this.#servedAt = this.#now();
      batch.forEach((entry, index) => entry.resolve(answers[index]));
      return null;
    } catch (error) {
      this.#counts.failedBatches += 1;
      return { error, isWorthSplitting: this.#isWorthSplitting(error) };
    } finally {
      this.#learnCost(batch, sentAt);
    }
  }

  /** The store works at one batch after the other, so the time of this one began when the one before it was answered. */
  #learnCost(batch: readonly QueueEntry<Item, Answer>[], sentAt: number): void {
    const now = this.#now();
    let steps = 0;
    for (const entry of batch) steps += entry.steps;
    this.#cost.learn(steps, now - Math.max(sentAt, this.#slotFreedAt));
    this.#slotFreedAt = now;
  }

  /** Frees the batch's slot; only once all its items are settled or put back, or the lane would look idle meanwhile. */
  #freeSlot(batch: readonly QueueEntry<Item, Answer>[]): void {
    this.#inFlightBatches -= 1;
    this.#inFlightItems -= batch.length;
    this.#dispatchSoon();
  }

  #isWorthSplitting(error: unknown): boolean {
    if (error instanceof AnswersMismatch) return false;
    try {
      return this.#splitOn(error);
    } catch {
      return false;
    }
  }

  #rejectOverdue(now: number): void {
    let oldest = this.#queues.peekOldest();
    while (oldest && now - oldest.since >= this.#limits.waitMsMax) {
      this.#queues.takeOldest();
      this.#counts.overdueItems += 1;
      const waitedMs = now - oldest.since;
      oldest.reject(this.#servedAt > oldest.since ? new Overloaded({ waitedMs }) : new QueueTimeout(waitedMs));
      oldest = this.#queues.peekOldest();
    }
  }

  #isIdle(): boolean {
    return this.#queues.size === 0 && this.#splitter.items === 0 && this.#inFlightBatches === 0;
  }
}

interface Failure {
  error: unknown;
  isWorthSplitting: boolean;
}

function rejectAll(entries: readonly { reject: (error: unknown) => void }[], error: unknown): void {
  for (const entry of entries) entry.reject(error);
}

import { BatchCost } from './batch-cost.ts';
import { BatchFiller } from './batch-filler.ts';
import { Abandoned, AnswersMismatch, BatcherClosed, Overloaded, QueueTimeout } from './batcher-errors.ts';
import { type BatcherLimits, batcherLimits } from './batcher-limits.ts';
import type { QueueEntry, QueueItem, BatcherOptions, BatcherStats } from './batcher-options.ts';
import { Queues } from './queues.ts';
import { BatchSplitter } from './batch-splitter.ts';

/**
 * Combines the items of many callers into few batches. It does not know what the items mean.
 *
 * - A batch is dispatched as soon as one of `batchesInFlightMax` slots is free, at the end of the current turn of the
 *   event loop. So items that arrive in one turn share a batch, a lone item does not wait, and batches grow with the
 *   load. No timer delays a batch.
 * - Items of one address and one party are sent in the order of `submit`. Two batches in flight may both have items of
 *   one address. Their effects keep that order if `send` passes on batches in the order of its calls, as one connection
 *   does. Pieces of a failed batch are sent again later, in their own order, after the batches that were sent in the
 *   meantime.
 * - `BatchFiller` decides the contents and the order of a batch.
 * - A batch that fails as a whole is sent again in pieces, so that one bad item does not fail 255 others. An item that
 *   fails alone rejects its own caller only. Pieces are sent one at a time, alternating with fresh batches. Fresh
 *   batches wait only while more than `batchItemsMax` items are left to resend.
 * - Every promise settles, provided that `send` does.
 */
export class Batcher<Item, Answer> {
  readonly #send: BatcherOptions<Item, Answer>['send'];
  readonly #splitOn: (error: unknown) => boolean;
  readonly #limits: Readonly<BatcherLimits>;
  readonly #runtime: BatcherOptions<Item, Answer>['runtime'];
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

  /** Throws `RangeError` for invalid limits. */
  constructor(options: BatcherOptions<Item, Answer>) {
    this.#send = options.send;
    this.#splitOn = options.splitOn ?? (() => true);
    this.#limits = batcherLimits(options.limits);
    this.#runtime = options.runtime;
    this.#queues = new Queues(this.#limits);
    this.#cost = new BatchCost(this.#limits.batchMsMax, this.#limits.batchStepsMax);
    this.#filler = new BatchFiller(this.#queues, this.#limits, this.#cost);
  }

  /**
   * Resolves with the answer of `send` to this item. Rejects without sending it: at once with `Overloaded` (queue
   * full), `BatcherClosed`, or `RangeError` (a size that is negative or not a number); after `waitMsMax` with
   * `Overloaded` if others were served meanwhile, else with `QueueTimeout`; with `Abandoned` if the connection was
   * destroyed meanwhile. Once the item was sent, rejects with `AnswersMismatch` or with the error of `send`.
   */
  submit({ payload, address, steps, bytes, connection, party }: QueueItem<Item>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.enter({ payload, address, steps, bytes, connection, party, since: 0, resolve, reject });
    });
  }

  /**
   * Like `submit`, for an entry that the caller created: one object less for each waiting item saves memory in a flood.
   */
  enter(entry: QueueEntry<Item, Answer>): void {
    const { steps, bytes } = entry;
    if (this.#isClosed) return entry.reject(new BatcherClosed());
    if (!(steps >= 0 && bytes >= 0))
      return entry.reject(new RangeError(`an item of ${steps} steps and ${bytes} bytes`));
    entry.since = this.#runtime.nowMs();
    this.#rejectOverdue(entry.since);
    const full = this.#queues.offer(entry);
    if (full) {
      this.#counts.overloadedItems += 1;
      entry.reject(new Overloaded(full));
    } else {
      this.#dispatchSoon();
    }
  }

  /**
   * Resolves when nothing waits and nothing is in flight, which may never happen under a steady load. Never rejects.
   */
  drain(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Stops accepting items, and resolves when all accepted items have settled. Idempotent. Never rejects. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.drain();
  }

  /** Returns the values of gauges and counters, in O(1). */
  stats(): BatcherStats {
    const oldest = this.#queues.peekOldest();
    return {
      shopQueueItems: this.#queues.shopItems,
      mailboxItems: this.#queues.mailboxItems,
      mailboxes: this.#queues.mailboxes,
      oldestWaitMs: oldest ? this.#runtime.nowMs() - oldest.since : 0,
      resendItems: this.#splitter.items,
      inFlightBatches: this.#inFlightBatches,
      inFlightItems: this.#inFlightItems,
      ...this.#counts,
    };
  }

  /**
   * Waits for the end of the event loop's turn and not only of the microtasks: requests from different sockets are
   * separate tasks of one turn, and share a batch only this way.
   */
  #dispatchSoon(): void {
    if (this.#isDispatchDue || this.#inFlightBatches >= this.#limits.batchesInFlightMax) return;
    this.#isDispatchDue = true;
    this.#runtime.soon(() => {
      this.#isDispatchDue = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    this.#rejectOverdue(this.#runtime.nowMs());
    while (this.#inFlightBatches < this.#limits.batchesInFlightMax) {
      if (this.#isResendNext()) void this.#resend(this.#splitter.take() ?? []);
      else if (this.#maySendFresh()) void this.#sendFresh(this.#filler.fill());
      else break;
    }
    if (this.#isIdle()) for (const notify of this.#drained.splice(0)) notify();
  }

  #isResendNext(): boolean {
    if (this.#isResending || this.#splitter.items === 0) return false;
    return this.#isResendsTurn || !this.#maySendFresh();
  }

  /**
   * Fresh batches wait while much is left to resend, because repeated failures would otherwise pile up without bound.
   */
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

  /** Rejects the items of clients that have disconnected, so that they do not use up a slot. Returns the others. */
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
    // In an outage every other piece would fail too, each only after its own deadline.
    if (failure && !failure.isWorthSplitting) rejectAll(this.#splitter.takeAll(), failure.error);
    this.#freeSlot(piece);
  }

  /**
   * Sends a batch and resolves its entries. If it fails, returns the failure and settles none of them. Never rejects.
   */
  async #attempt(batch: readonly QueueEntry<Item, Answer>[]): Promise<Failure | null> {
    this.#inFlightBatches += 1;
    this.#inFlightItems += batch.length;
    this.#counts.sentBatches += 1;
    this.#counts.sentItems += batch.length;
    const sentAt = this.#runtime.nowMs();
    try {
      const answers = await this.#send(batch.map((entry) => entry.payload));
      if (!Array.isArray(answers) || answers.length !== batch.length) throw new AnswersMismatch(batch.length, answers);
      this.#servedAt = this.#runtime.nowMs();
      batch.forEach((entry, index) => entry.resolve(answers[index]));
      return null;
    } catch (error) {
      this.#counts.failedBatches += 1;
      return { error, isWorthSplitting: this.#isWorthSplitting(error) };
    } finally {
      this.#learnCost(batch, sentAt);
    }
  }

  /** The store applies one batch after the other, so the time of a batch starts when the one before it was answered. */
  #learnCost(batch: readonly QueueEntry<Item, Answer>[], sentAt: number): void {
    const now = this.#runtime.nowMs();
    let steps = 0;
    for (const entry of batch) steps += entry.steps;
    this.#cost.learn(steps, now - Math.max(sentAt, this.#slotFreedAt));
    this.#slotFreedAt = now;
  }

  /** Frees the batch's slot. All its items must be settled or put back, or the batcher would look idle meanwhile. */
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

import type { Party } from './fair-queue.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { BatcherLimits } from './batcher-limits.ts';

export interface QueueItem<Item> {
  readonly payload: Item;
  /** The SKU in whose mailbox the item waits; null for the shop queue. */
  readonly address: string | null;
  /** The item's size in a batch, 0 or more. An item that exceeds the bound of a whole batch is sent alone. */
  readonly steps: number;
  readonly bytes: number;
  /** The caller's connection. Once it is destroyed, the item is not sent. */
  readonly connection?: Connection | undefined;
  /** The sender of the item. A long mailbox serves its senders in turn, and a crowded one bounds each of them. */
  readonly party?: Party;
}

/** A waiting item with its callbacks. The queues keep this object, so it can be the caller's own. */
export interface QueueEntry<Item, Answer> extends QueueItem<Item> {
  /** When the item was submitted, by the batcher's clock. The batcher sets it. */
  since: number;
  /** Called with the answer of `send`. Must not throw. */
  resolve(answer: Answer): void;
  /** Called with the error that `submit` would reject with. Must not throw. */
  reject(error: unknown): void;
}

/** The part of a socket that the batcher reads. */
export interface Connection {
  readonly destroyed: boolean;
}

export interface BatcherOptions<Item, Answer> {
  /**
   * Sends a batch, in order. Resolves with one answer for each item, in the same order. Rejects if the batch failed as
   * a whole. It must settle within a deadline of its own, because the batcher has no timer.
   */
  send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /**
   * Whether a batch that failed with this error is sent again in parts. Default: always. Must return false for an
   * outage, and for an error after which the batch may have had an effect, unless a second sending does no harm.
   */
  splitOn?: (error: unknown) => boolean;
  limits?: Partial<BatcherLimits>;
  runtime: Pick<Runtime, 'nowMs' | 'soon'>;
}

export interface BatcherStats {
  /** Items that wait to be sent for the first time. */
  shopQueueItems: number;
  mailboxItems: number;
  /** SKUs with waiting items. */
  mailboxes: number;
  oldestWaitMs: number;
  /** Items of failed batches that wait to be sent again. */
  resendItems: number;
  inFlightBatches: number;
  inFlightItems: number;
  /** Counted since the batcher was created. A piece of a failed batch counts as a batch. */
  sentBatches: number;
  sentItems: number;
  failedBatches: number;
  overloadedItems: number;
  overdueItems: number;
  abandonedItems: number;
}

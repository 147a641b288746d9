import type { BatcherLimits } from './batcher-limits.ts';

export interface QueueItem<Item> {
  readonly payload: Item;
  /** The SKU whose mailbox the item waits in; null: the shop's own queue. */
  readonly address: string | null;
  /** What the item adds to a batch; 0 or more. Either may exceed a whole batch's bound: the item then goes alone. */
  readonly steps: number;
  readonly bytes: number;
  /** The connection on which the caller waits. Once it is destroyed, the item is not sent any more. */
  readonly connection?: Connection | undefined;
}

/** An item that waits, with what becomes of it. It is what the queues hold, so it can be the caller's own object. */
export interface QueueEntry<Item, Answer> extends QueueItem<Item> {
  /** When it came in, by the lane's clock. The lane sets it. */
  since: number;
  /** Called with the answer. Must not throw. */
  resolve(answer: Answer): void;
  /** Called with the error, where `submit` would reject. Must not throw. */
  reject(error: unknown): void;
}

/** A socket, as far as a lane looks at it. */
export interface Connection {
  readonly destroyed: boolean;
}

export interface BatcherOptions<Item, Answer> {
  /**
   * Sends a batch, in order. Resolves with one answer for each item, in the same order; rejects when the batch failed
   * as a whole. It has to settle within a deadline of its own: the lane has no timer, and waits for as long as it takes.
   */
  send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /**
   * Whether a batch that failed with this error is worth sending again in parts; always, when not given. Say no to an
   * outage, and to an error after which the batch may have had an effect, unless a second sending does no harm.
   */
  splitOn?: (error: unknown) => boolean;
  limits?: Partial<BatcherLimits>;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

export interface BatcherStats {
  /** Items that wait now, for their first sending. */
  shopQueueItems: number;
  mailboxItems: number;
  /** SKUs that have something waiting. */
  mailboxes: number;
  oldestWaitMs: number;
  /** Items of failed batches that wait to be sent again. */
  resendItems: number;
  inFlightBatches: number;
  inFlightItems: number;
  /** Since the lane was made; a piece of a failed batch counts as a batch. */
  sentBatches: number;
  sentItems: number;
  failedBatches: number;
  overloadedItems: number;
  overdueItems: number;
  abandonedItems: number;
}

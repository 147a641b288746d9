import type { QueueFull } from './queues.ts';

/** An error of the batcher itself. All other errors that `submit` rejects with come from `send`, unchanged. */
export abstract class BatcherError extends Error {
  /** Whether the item was sent. If false, it had no effect; if true, it may have had one. */
  abstract readonly wasSent: boolean;
}

/**
 * The load is higher than the capacity: the item's queue is full, or the item waited for `waitMsMax` while others were
 * served. It was not sent, so the caller can retry later.
 */
export class Overloaded extends BatcherError {
  override readonly name = 'Overloaded';
  readonly wasSent = false;
  /** The queue bound that was reached; null if the item waited too long. */
  readonly full: QueueFull | null;

  constructor(met: QueueFull | { waitedMs: number }) {
    const isFull = 'queue' in met;
    super(
      isFull
        ? `${met.queue} full: ${met.waiting} ${met.unit} wait, and the limit is ${met.limit}`
        : `not sent within ${Math.round(met.waitedMs)} ms, though others were served`,
    );
    this.full = isFull ? met : null;
  }
}

/** The item waited for `waitMsMax` while nothing was served, so the store is stalled. The item was not sent. */
export class QueueTimeout extends BatcherError {
  override readonly name = 'QueueTimeout';
  readonly wasSent = false;

  constructor(waitedMs: number) {
    super(`not sent within ${Math.round(waitedMs)} ms`);
  }
}

/** The client disconnected while the item waited, so the item was not sent. */
export class Abandoned extends BatcherError {
  override readonly name = 'Abandoned';
  readonly wasSent = false;

  constructor() {
    super('the client closed its connection before the call had begun');
  }
}

/** The batcher accepts no more items. Items that it accepted before still finish. */
export class BatcherClosed extends BatcherError {
  override readonly name = 'BatcherClosed';
  readonly wasSent = false;

  constructor() {
    super('the batcher is closed');
  }
}

/** `send` returned the wrong number of answers, so they cannot be matched to the items. This is a bug in `send`. */
export class AnswersMismatch extends BatcherError {
  override readonly name = 'AnswersMismatch';
  readonly wasSent = true;

  constructor(items: number, answers: unknown) {
    const found = Array.isArray(answers) ? `${answers.length} answers` : `${typeof answers} instead of answers`;
    super(`send must answer each item once, in order: ${items} items, ${found}`);
  }
}

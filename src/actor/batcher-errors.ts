import type { QueueFull } from './queues.ts';

/** What a lane itself rejects with. Everything else that `submit` rejects with comes from `send`, unchanged. */
export abstract class BatcherError extends Error {
  /** False: the item was never sent, so it certainly had no effect. True: it was sent, and may have had one. */
  abstract readonly wasSent: boolean;
}

/**
 * More is asked for than can be served: the queue that the item belongs in is full, or the item waited for `waitMsMax` while
 * others were served. Nothing was sent; asking again later is fine.
 */
export class Overloaded extends BatcherError {
  override readonly name = 'Overloaded';
  readonly wasSent = false;
  /** The bound of a queue that was met; null: the wait was too long. */
  readonly full: QueueFull | null;

  constructor(met: QueueFull | { waitedMs: number }) {
    const isFull = 'queue' in met;
    super(
      isFull
        ? `${met.queue} full: ${met.waiting} ${met.unit} wait, at most ${met.limit} may`
        : `not sent within ${Math.round(met.waitedMs)} ms, though others were served`,
    );
    this.full = isFull ? met : null;
  }
}

/** The item waited for `waitMsMax` and was taken out unsent, and nothing was served meanwhile: the store is stalled. */
export class QueueTimeout extends BatcherError {
  override readonly name = 'QueueTimeout';
  readonly wasSent = false;

  constructor(waitedMs: number) {
    super(`not sent within ${Math.round(waitedMs)} ms`);
  }
}

/** The client left while the item waited, so it was not sent. */
export class Abandoned extends BatcherError {
  override readonly name = 'Abandoned';
  readonly wasSent = false;

  constructor() {
    super('the client closed its connection before the call had begun');
  }
}

/** The lane takes nothing more in; what it took in before still finishes. */
export class BatcherClosed extends BatcherError {
  override readonly name = 'BatcherClosed';
  readonly wasSent = false;

  constructor() {
    super('the batcher is closed');
  }
}

/** `send` broke its contract, so nobody can tell which answer is whose: a bug in `send`. */
export class AnswersMismatch extends BatcherError {
  override readonly name = 'AnswersMismatch';
  readonly wasSent = true;

  constructor(items: number, answers: unknown) {
    const found = Array.isArray(answers) ? `${answers.length} answers` : `${typeof answers} instead of answers`;
    super(`send must answer each item once, in order: ${items} items, ${found}`);
  }
}

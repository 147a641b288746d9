import type { QueueFull } from './queues.ts';

/** What a lane itself rejects with. Everything else that `submit` rejects with comes from `send`, unchanged. */
export abstract class LaneError extends Error {
  /** False: the item was never sent, so it certainly had no effect. True: it was sent, and may have had one. */
  abstract readonly wasSent: boolean;
}

/** The queue that the item belongs in is full. Nothing was queued; asking again later is fine. */
export class Overloaded extends LaneError {
  override readonly name = 'Overloaded';
  readonly wasSent = false;
  /** The bound that was met. */
  readonly full: QueueFull;

  constructor(full: QueueFull) {
    super(`${full.queue} full: ${full.waiting} ${full.unit} wait, at most ${full.limit} may`);
    this.full = full;
  }
}

/** The item waited for `waitMsMax` and was taken out unsent: the store is stalled or far behind. */
export class WaitedTooLong extends LaneError {
  override readonly name = 'WaitedTooLong';
  readonly wasSent = false;

  constructor(waitedMs: number) {
    super(`not sent within ${Math.round(waitedMs)} ms`);
  }
}

/** The lane takes nothing more in; what it took in before still finishes. */
export class LaneClosed extends LaneError {
  override readonly name = 'LaneClosed';
  readonly wasSent = false;

  constructor() {
    super('the lane is closed');
  }
}

/** `send` broke its contract, so nobody can tell which answer is whose: a bug in `send`. */
export class AnswersMismatch extends LaneError {
  override readonly name = 'AnswersMismatch';
  readonly wasSent = true;

  constructor(items: number, answers: unknown) {
    const found = Array.isArray(answers) ? `${answers.length} answers` : `${typeof answers} instead of answers`;
    super(`send must answer each item once, in order: ${items} items, ${found}`);
  }
}

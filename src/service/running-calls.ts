import { Chain, type Link } from '../actor/chain.ts';
import type { Deadline } from './deadline.ts';

/** A call with a deadline, and what its caller is told of what went wrong. */
export interface TimedCall extends Deadline {
  /** That the deadline has come. */
  late(): Error;
  /** That the work failed with `error`. */
  failure(error: unknown): unknown;
}

interface Running {
  readonly call: TimedCall;
  readonly reject: (error: Error) => void;
  isLate: boolean;
}

/**
 * The calls that are under way, each bounded in time. All are given the same time, so the first that began is the first to
 * be late, and one timer serves them all: a timer each would be a tenth of what a call that waits keeps in memory, and all
 * that waits is what a collection of garbage has to copy.
 */
export class RunningCalls {
  /** Those whose callers wait still, in the order of their deadlines. */
  readonly #waiting = new Chain<Running>();
  #timer: NodeJS.Timeout | null = null;
  #underWay = 0;
  #whenNone: (() => void)[] = [];

  /**
   * Settles as `work` does, failures as the call puts them; but rejects with what it says of being late once its time is
   * over, whatever becomes of `work` afterwards. Deadlines must come in the order of these calls.
   */
  bound<T>(call: TimedCall, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const place = this.#waiting.push({ call, reject, isLate: false });
      this.#underWay += 1;
      this.#keepTime();
      work.then(
        (value) => {
          this.#end(place);
          resolve(value);
        },
        (error: unknown) => {
          this.#end(place);
          reject(call.failure(error));
        },
      );
    });
  }

  /** Resolves when none is under way, those that came late included. */
  ended(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenNone.push(resolve));
  }

  #end(place: Link<Running>): void {
    this.#underWay -= 1;
    if (!place.value.isLate) this.#waiting.remove(place);
    if (this.#waiting.size === 0) this.#timer?.unref();
    if (this.#underWay === 0) for (const tell of this.#whenNone.splice(0)) tell();
  }

  /** The timer runs on when the call that it was set for has ended: it then looks for the next. */
  #keepTime(): void {
    const first = this.#waiting.first;
    if (!first) return;
    if (this.#timer) {
      this.#timer.ref();
      return;
    }
    const delayMs = Math.max(Math.ceil(first.call.endMs - performance.now()), 1);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#rejectLate();
      this.#keepTime();
    }, delayMs);
  }

  #rejectLate(): void {
    const now = performance.now();
    for (let first = this.#waiting.first; first && first.call.endMs <= now; first = this.#waiting.first) {
      this.#waiting.shift();
      first.isLate = true;
      first.reject(first.call.late());
    }
  }
}

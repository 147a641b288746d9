import { LinkedList, type ListNode } from '../actor/linked-list.ts';
import { StoreError } from '../store/store.ts';

/** The deadline of a call, by the local monotonic clock. The store's time decides nothing here. */
export class Deadline {
  /** By `performance.now`. */
  readonly endMs: number;

  constructor(durationMs: number) {
    this.endMs = performance.now() + durationMs;
  }

  /** Throws `StoreError` `unavailable` after the deadline. The call must not have had an effect yet. */
  check(what: string): void {
    if (performance.now() >= this.endMs) throw new StoreError('unavailable', `gave up in time: ${what}`);
  }
}

/** A call with a deadline. */
export interface TimedCall extends Deadline {
  /** Its place among the calls whose callers still wait; null once the caller has been answered. */
  place: ListNode<TimedCall> | null;
  /** Called when the deadline has come. */
  timeOut(): void;
}

/**
 * The calls that are under way, each bounded in time. All are given the same time, so the first that began is the first to
 * be late, and one timer serves them all: a timer each would be a tenth of what a call that waits keeps in memory, and all
 * that waits is what a collection of garbage has to copy.
 */
export class CallDeadlines {
  /** Those whose callers wait still, in the order of their deadlines. */
  readonly #waiting = new LinkedList<TimedCall>();
  #timer: NodeJS.Timeout | null = null;
  #underWay = 0;
  #whenNone: (() => void)[] = [];

  /** Calls `giveUp` once the call's time is over, unless it has ended by then. Deadlines must come in the order of these calls. */
  begin(call: TimedCall): void {
    call.place = this.#waiting.push(call);
    this.#underWay += 1;
    this.#keepTime();
  }

  /** The call's work has ended: to be called once for each call, also for one that was given up. */
  end(call: TimedCall): void {
    this.#underWay -= 1;
    if (call.place) this.#waiting.remove(call.place);
    call.place = null;
    if (this.#waiting.size === 0) this.#timer?.unref();
    if (this.#underWay === 0) for (const notify of this.#whenNone.splice(0)) notify();
  }

  /** Resolves when none is under way, those that came late included. */
  ended(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenNone.push(resolve));
  }

  /** The timer runs on when the call that it was set for has ended: it then looks for the next. */
  #keepTime(): void {
    const first = this.#waiting.first;
    if (!first) return;
    if (this.#timer) {
      this.#timer.ref();
      return;
    }
    const delayMs = Math.max(Math.ceil(first.endMs - performance.now()), 1);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#timeOutOverdue();
      this.#keepTime();
    }, delayMs);
  }

  #timeOutOverdue(): void {
    const now = performance.now();
    for (let first = this.#waiting.first; first && first.endMs <= now; first = this.#waiting.first) {
      this.#waiting.shift();
      first.place = null;
      first.timeOut();
    }
  }
}

import { LinkedList, type ListNode } from '../actor/linked-list.ts';
import type { Runtime, Timer } from '../runtime/runtime.ts';
import { StoreError } from '../store/store.ts';

type DeadlineClock = Pick<Runtime, 'nowMs'>;

/** The deadline of a call, by the local monotonic clock. It does not depend on the store's clock. */
export class Deadline {
  /** By the clock of the runtime. */
  readonly endMs: number;
  readonly #clock: DeadlineClock;

  /** `beganMs`: when the duration began. Default: now. */
  constructor(clock: DeadlineClock, durationMs: number, beganMs = clock.nowMs()) {
    this.#clock = clock;
    this.endMs = beganMs + durationMs;
  }

  /** The time by the clock of the deadline. */
  protected nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Throws `StoreError` `unavailable` after the deadline. The call must not have had an effect yet. */
  check(what: string): void {
    if (this.#clock.nowMs() >= this.endMs) throw new StoreError('unavailable', `gave up in time: ${what}`);
  }
}

type CallTimers = Pick<Runtime, 'nowMs' | 'setTimer'>;

/** A call with a deadline. */
export interface TimedCall extends Deadline {
  /** Its node in the list of calls whose callers still wait; null once the caller has been answered. */
  place: ListNode<TimedCall> | null;
  /** Called at the deadline. */
  timeOut(): void;
}

/**
 * The calls that are under way, each with a deadline. All have the same duration, so the call that began first times
 * out first, and one timer serves all calls. A call that first waited for a read is added after calls that began later,
 * so it is inserted by its deadline. One timer per call would be a tenth of the memory of a waiting call, and garbage
 * collection copies all waiting calls.
 */
export class CallDeadlines {
  /** The calls whose callers still wait, in the order of their deadlines. */
  readonly #waiting = new LinkedList<TimedCall>();
  readonly #runtime: CallTimers;
  #timer: Timer | null = null;
  #timerEndMs = 0;
  #underWay = 0;
  #whenNone: (() => void)[] = [];

  constructor(runtime: CallTimers) {
    this.#runtime = runtime;
  }

  /** Calls `timeOut` at the call's deadline, unless it has ended by then. */
  begin(call: TimedCall): void {
    call.place = this.#waiting.insert(call, (other) => other.endMs <= call.endMs);
    this.#underWay += 1;
    this.#keepTime();
  }

  /** Must be called exactly once for each call when its work has ended, also for a call that timed out. */
  end(call: TimedCall): void {
    this.#underWay -= 1;
    if (call.place) this.#waiting.remove(call.place);
    call.place = null;
    if (this.#waiting.size === 0) this.#timer?.unref();
    if (this.#underWay === 0) for (const notify of this.#whenNone.splice(0)) notify();
  }

  /** Resolves when no call is under way, including the calls that timed out. */
  ended(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenNone.push(resolve));
  }

  /**
   * Sets the timer. It keeps running if the call for which it was set ends early, and is then set for the next call.
   */
  #keepTime(): void {
    const first = this.#waiting.first;
    if (!first) return;
    if (this.#timer && this.#timerEndMs <= first.endMs) {
      this.#timer.ref();
      return;
    }
    this.#timer?.cancel();
    this.#timerEndMs = first.endMs;
    const delayMs = Math.max(Math.ceil(first.endMs - this.#runtime.nowMs()), 1);
    this.#timer = this.#runtime.setTimer(() => {
      this.#timer = null;
      this.#timeOutOverdue();
      this.#keepTime();
    }, delayMs);
  }

  #timeOutOverdue(): void {
    const now = this.#runtime.nowMs();
    for (let first = this.#waiting.first; first && first.endMs <= now; first = this.#waiting.first) {
      this.#waiting.shift();
      first.place = null;
      first.timeOut();
    }
  }
}

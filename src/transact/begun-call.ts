import type { Call } from '../contract/calls/call.ts';
import { StoreError } from '../store/store.ts';
import type { Runtime } from '../runtime/runtime.ts';

/**
 * A call with the time at which it began, by the clock of the runtime. Absent: it begins when the transactor receives
 * it.
 */
export interface BegunCall extends Call {
  readonly beganMs?: number;
}

/** Bounds how long a call waits before and after its transaction. These waits count toward the deadline of the call. */
export class CallWaits {
  readonly #runtime: Pick<Runtime, 'nowMs' | 'setTimer'>;
  readonly #deadlineMs: number;

  constructor(runtime: Pick<Runtime, 'nowMs' | 'setTimer'>, deadlineMs: number) {
    this.#runtime = runtime;
    this.#deadlineMs = deadlineMs;
  }

  /** Returns the call with the present time as its beginning, unless it has begun before. */
  begun(call: BegunCall): BegunCall {
    return call.beganMs === undefined ? { ...call, beganMs: this.#runtime.nowMs() } : call;
  }

  /**
   * Settles like `work`, which the call needs before its transaction. Rejects at the deadline with `StoreError`
   * `unavailable`: the call has no effect yet.
   */
  before<T>(call: BegunCall, work: Promise<T>): Promise<T> {
    return this.#within(call, work, (_, reject) =>
      reject(new StoreError('unavailable', 'gave up in time: the call waited for a read before its transaction')),
    );
  }

  /**
   * Resolves when `work` has ended, or at the deadline, because the answer of a call that has had its effect must not
   * wait.
   */
  after(call: BegunCall, work: Promise<unknown>): Promise<void> {
    return this.#within<void>(
      call,
      work.then(() => undefined),
      (resolve) => resolve(),
    );
  }

  #within<T>(
    { beganMs = this.#runtime.nowMs() }: BegunCall,
    work: Promise<T>,
    late: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const leftMs = beganMs + this.#deadlineMs - this.#runtime.nowMs();
      const timer = this.#runtime.setTimer(() => late(resolve, reject), Math.max(leftMs, 1));
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

import { StoreError } from '../../store.ts';

interface Waiter {
  group: number;
  timer: NodeJS.Timeout;
  resolve(): void;
  reject(error: StoreError): void;
}

/** The calls that wait until a group of transactions is on disk. */
export class FlushWaiters {
  readonly #deadlineMs: number;
  #flushed = 0;
  #waiters: Waiter[] = [];
  #failure: StoreError | null = null;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Resolves when `group`, and with it every earlier group, is on disk. Rejects with `StoreError` `unavailable` where
   * that takes longer than the deadline, or will never happen.
   */
  until(group: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (group <= this.#flushed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(waiter), this.#deadlineMs);
      const waiter: Waiter = { group, timer, resolve, reject };
      this.#waiters.push(waiter);
    });
  }

  flushed(group: number): void {
    this.#flushed = Math.max(this.#flushed, group);
    const served = this.#waiters.filter((waiter) => waiter.group <= this.#flushed);
    this.#waiters = this.#waiters.filter((waiter) => waiter.group > this.#flushed);
    for (const { timer, resolve } of served) {
      clearTimeout(timer);
      resolve();
    }
  }

  /** Rejects all present and later waiters, because nothing will be flushed any more. */
  fail(failure: StoreError): void {
    this.#failure = failure;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { timer, reject } of waiters) {
      clearTimeout(timer);
      reject(failure);
    }
  }

  #expire(late: Waiter): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter !== late);
    const problem = `the disk has not answered for ${this.#deadlineMs} ms`;
    late.reject(new StoreError('unavailable', problem, { problem }));
  }
}

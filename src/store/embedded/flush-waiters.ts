import type { StoreError } from '../store.ts';

interface Waiter {
  group: number;
  resolve(): void;
  reject(error: StoreError): void;
}

/** Who waits for a group of transactions to be on disk. */
export class FlushWaiters {
  #flushed: number;
  #waiters: Waiter[] = [];
  #failure: StoreError | null = null;

  constructor(flushed: number) {
    this.#flushed = flushed;
  }

  /** Resolves when `group`, and so every earlier one, is on disk. */
  until(group: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (group <= this.#flushed) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ group, resolve, reject }));
  }

  flushed(group: number): void {
    this.#flushed = Math.max(this.#flushed, group);
    const served = this.#waiters.filter((waiter) => waiter.group <= this.#flushed);
    this.#waiters = this.#waiters.filter((waiter) => waiter.group > this.#flushed);
    for (const waiter of served) waiter.resolve();
  }

  /** Nothing will be flushed any more. */
  fail(failure: StoreError): void {
    this.#failure = failure;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(failure);
  }
}

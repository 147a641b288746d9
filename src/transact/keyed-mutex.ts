import { Overloaded } from '../actor/batcher-errors.ts';

/** The most calls that may hold or wait for one lock. A person does not have more changes of one cart under way. */
const CALLS_MAX = 64;

/** The queue of a lock for which no other call waits, which is nearly always the case. */
const NOBODY: readonly (() => void)[] = [];

/**
 * Serializes the changes of one thing (a cart) in this process. This only saves work: without it concurrent changes
 * would meet in the store, which refuses all but one with `conflict`, so that the others have to read again.
 */
export class KeyedMutex {
  /** The callbacks that wait for each held lock. */
  readonly #waiting = new Map<string, readonly (() => void)[]>();

  /** Calls `begin` once the lock is free, in the order of the calls. Throws `Overloaded` if too many wait. */
  acquire(key: string, begin: () => void): void {
    const waiting = this.#waiting.get(key);
    if (waiting && waiting.length + 1 >= CALLS_MAX) {
      throw new Overloaded({ queue: 'mailbox', unit: 'items', waiting: CALLS_MAX, limit: CALLS_MAX });
    }
    this.#waiting.set(key, waiting ? [...waiting, begin] : NOBODY);
    if (!waiting) begin();
  }

  /** Releases the lock, so that the next waiting call begins. */
  release(key: string): void {
    const [next, ...others] = this.#waiting.get(key) ?? NOBODY;
    if (next) this.#waiting.set(key, others);
    else this.#waiting.delete(key);
    next?.();
  }
}

/**
 * Returns the locks of a call in the order in which all calls acquire them, so that two calls never wait for each other
 * forever.
 */
export function lockOrder(lockKeys: string | readonly string[] | undefined): readonly string[] {
  return typeof lockKeys === 'string' ? [lockKeys] : [...new Set(lockKeys)].sort();
}

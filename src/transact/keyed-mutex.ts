import { Overloaded } from '../actor/batcher-errors.ts';

/** Changes of one cart that may be under way or wait; a person does not have more. */
const CALLS_MAX = 64;

/** Nobody waits behind the one that has the turn, as nearly always. */
const NOBODY: readonly (() => void)[] = [];

/**
 * Lets the changes of one thing (a cart) take turns in this process. Only an economy: without it they would meet in the
 * store, where all but one are refused with `conflict` and have to read again.
 */
export class KeyedMutex {
  /** What waits for a turn that another has. */
  readonly #waiting = new Map<string, readonly (() => void)[]>();

  /** Calls `begin` when all that took the turn before have ended it, at once if none has it. Throws `Overloaded` if too many wait. */
  acquire(key: string, begin: () => void): void {
    const waiting = this.#waiting.get(key);
    if (waiting && waiting.length + 1 >= CALLS_MAX) {
      throw new Overloaded({ queue: 'mailbox', unit: 'items', waiting: CALLS_MAX, limit: CALLS_MAX });
    }
    this.#waiting.set(key, waiting ? [...waiting, begin] : NOBODY);
    if (!waiting) begin();
  }

  /** Ends a turn, so that the next one begins. */
  release(key: string): void {
    const [next, ...others] = this.#waiting.get(key) ?? NOBODY;
    if (next) this.#waiting.set(key, others);
    else this.#waiting.delete(key);
    next?.();
  }
}

/**
 * Returns the turns that a call needs, in the order in which all calls take them: so of two that want the same ones, one has
 * them all, and neither waits for the other for ever.
 */
export function lockOrder(lockKeys: string | readonly string[] | undefined): readonly string[] {
  if (lockKeys === undefined) return [];
  return typeof lockKeys === 'string' ? [lockKeys] : [...new Set(lockKeys)].sort();
}

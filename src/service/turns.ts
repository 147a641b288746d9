import { Overloaded } from '../actor/lane-errors.ts';
import { settled } from './settled.ts';

/** Changes of one cart that may wait; a person does not have more under way. */
const WAITING_MAX = 64;

interface Line {
  last: Promise<unknown>;
  waiting: number;
}

/**
 * Lets the changes of one thing (a cart) take turns in this process. Only an economy: without it they would meet in the
 * store, where all but one are refused with `conflict` and have to read again.
 */
export class Turns {
  readonly #lines = new Map<string, Line>();

  /**
   * Runs `work` once it has the turn of every key. Turns are taken in the order of the keys' own, whoever asks: so of two
   * that want the same ones, one has them all, and neither waits for the other for ever.
   */
  takeAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const [only] = keys;
    if (only !== undefined && keys.length === 1) return this.take(only, work);
    return [...new Set(keys)].sort().reduceRight<() => Promise<T>>((inner, key) => () => this.take(key, inner), work)();
  }

  /** Runs `work` after all work of the same key that came before. Rejects with `Overloaded` when too many wait. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= WAITING_MAX) {
      throw new Overloaded({ queue: 'mailbox', unit: 'items', waiting: line.waiting, limit: WAITING_MAX });
    }
    this.#lines.set(key, line);
    line.waiting += 1;
    const result = line.last.then(work);
    line.last = settled(result);
    try {
      return await result;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(key);
    }
  }
}

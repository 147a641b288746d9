import { LRUCache } from 'lru-cache';

/** A record that is there and cannot be decoded. */
export interface Bad {
  problem: string;
}

/**
 * What a process remembers of one kind of record: a bounded number of those that it saw last, and all that Redis has sent
 * for batches under way. The latter are not dropped before their batch is settled, because a batch that needs more records
 * than are remembered would ask for them without end. One that cannot be decoded is remembered only for its batch, because
 * nothing compares it, and an operator may mend it.
 */
export class Remembered<V extends object | number> {
  readonly #seen: LRUCache<string, V>;
  readonly #pinned = new Map<string, V | Bad>();

  constructor(options: LRUCache.Options<string, V, unknown>) {
    this.#seen = new LRUCache(options);
  }

  get(key: string): V | Bad | undefined {
    return this.#pinned.get(key) ?? this.#seen.get(key);
  }

  set(key: string, value: V): void {
    this.#seen.set(key, value);
    if (this.#pinned.has(key)) this.#pinned.set(key, value);
  }

  delete(key: string): void {
    this.#seen.delete(key);
    this.#pinned.delete(key);
  }

  /** Remembers what Redis has sent for a batch, at least until `release`. */
  pin(key: string, value: V | Bad | null): void {
    this.#seen.delete(key);
    if (value === null) this.#pinned.delete(key);
    else this.#pinned.set(key, value);
  }

  /** The batch is settled. */
  release(key: string): void {
    const value = this.#pinned.get(key);
    this.#pinned.delete(key);
    if (value !== undefined && !isBad(value)) this.#seen.set(key, value);
  }
}

export function isBad(known: unknown): known is Bad {
  return typeof known === 'object' && known !== null && 'problem' in known;
}

import { type Bad, isBad } from '../codec/bad-record.ts';

/** A bounded number of recently seen records. */
interface Seen<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
  delete(key: string): unknown;
}

/**
 * The cache of one kind of record: a bounded number of recently seen records, and all records that Redis has sent for
 * batches in flight. Those are kept until their batch has settled, because a batch that needs more records than fit
 * into the cache would request them forever. An undecodable record is kept only for its batch, because the commit does
 * not compare it, and an operator may repair it.
 */
export class RecordCache<V extends object | number> {
  readonly #seen: Seen<V> | null;
  readonly #pinned = new Map<string, V | Bad>();

  /** With null, records are kept only while they are pinned. */
  constructor(seen: Seen<V> | null) {
    this.#seen = seen;
  }

  get(key: string): V | Bad | undefined {
    return this.#pinned.get(key) ?? this.#seen?.get(key);
  }

  set(key: string, value: V): void {
    this.#seen?.set(key, value);
    if (this.#pinned.has(key)) this.#pinned.set(key, value);
  }

  delete(key: string): void {
    this.#seen?.delete(key);
    this.#pinned.delete(key);
  }

  /** Caches a record that Redis has sent for a batch, at least until `release`. */
  pin(key: string, value: V | Bad | null): void {
    this.#seen?.delete(key);
    if (value === null) this.#pinned.delete(key);
    else this.#pinned.set(key, value);
  }

  /** Unpins a record whose batch has settled. */
  release(key: string): void {
    const value = this.#pinned.get(key);
    this.#pinned.delete(key);
    if (value !== undefined && !isBad(value)) this.#seen?.set(key, value);
  }
}

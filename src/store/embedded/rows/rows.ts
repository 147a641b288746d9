import type { Database, RangeOptions, RootDatabase } from 'lmdb';
import { checksum, seedOf } from './checksum.ts';
import { MalformedRow, type Row } from '../../columns.ts';
import { decodeRow, HEAD_BYTES, rowEncoder, type SealedRow } from './row-codec.ts';

/** A key of one text, or of several parts in their order. */
export type RowKey = string | (string | number)[];

/** A row, or what is wrong with the value where the row should be. */
export type Kept = Row | MalformedRow;

/**
 * A database of rows. Each value begins with a checksum over the database's name, the key and the row, so a value that has
 * changed on the disk, or that is under a key of another value, is malformed. No method throws over such a value, so one
 * bad value does not end the iteration that meets it. Call `put` and `remove` in a write transaction.
 */
export class Rows<K extends RowKey> {
  readonly #database: Database<SealedRow | Buffer, K>;
  readonly #seed: number;

  constructor(root: RootDatabase, name: string) {
    const options = { name, encoder: rowEncoder };
    this.#database = root.openDB<SealedRow | Buffer, K>(options);
    this.#seed = seedOf(name, 0);
  }

  get(key: K): Kept | undefined {
    const value = this.#database.getBinaryFast(key);
    return value && this.#decode(key, value);
  }

  /** Returns the row of a version that had no checksums; null where the value is not such a row. */
  getUnchecked(key: K): Row | null {
    const value = this.#database.getBinaryFast(key);
    return value ? decodeRow(value, 0) : null;
  }

  put(key: K, row: Row): void {
    this.#database.put(key, { row, seed: seedOf(textOf(key), this.#seed) });
  }

  remove(key: K): void {
    this.#database.remove(key);
  }

  getKeys(range: RangeOptions): Iterable<K> {
    return this.#database.getKeys(range);
  }

  /** Each row is decoded before the next one is read, because all values are read into one buffer. */
  *getRange(range: RangeOptions): Generator<{ key: K; row: Kept }> {
    for (const { key, value } of this.#database.getRange(range)) yield { key, row: this.#decode(key, value as Buffer) };
  }

  get size(): number {
    return (this.#database.getStats() as { entryCount: number }).entryCount;
  }

  /** `value` may be a buffer that LMDB uses again for the next one. */
  #decode(key: K, value: Buffer): Kept {
    if (value.length <= HEAD_BYTES) return new MalformedRow('is not a row');
    const sum = checksum(value, HEAD_BYTES, value.length, seedOf(textOf(key), this.#seed));
    if (sum !== value.readUInt32LE(0)) return new MalformedRow('does not match its checksum');
    return decodeRow(value, HEAD_BYTES) ?? new MalformedRow('is not a row');
  }
}

const textOf = (key: RowKey): string => (typeof key === 'string' ? key : key.join(' '));

import type { Database, RangeOptions, RootDatabase } from 'lmdb';
import { checksum, seedOf } from './checksum.ts';
import { UndecodableRecord } from '../../../domain/machine/lookups.ts';
import { Columns, MalformedRow, type Row } from '../../columns.ts';
import { CHECKSUM_BYTES, decodeRow, rowEncoder, type SealedRow } from './row-codec.ts';

/** A key: one text, or several parts in order. */
export type RowKey = string | (string | number)[];

/** A row, or the error that describes a malformed value. */
export type StoredRow = Row | MalformedRow;

/**
 * A database of rows. Each value begins with a checksum over the database's name, the key and the row. A value that has
 * changed on disk, or that is under another key, is therefore malformed. No method throws for such a value, so one bad
 * value does not end an iteration. Call `put` and `remove` in a write transaction.
 */
export class Rows<K extends RowKey> {
  readonly #database: Database<SealedRow | Buffer, K>;
  readonly #seed: number;

  constructor(root: RootDatabase, name: string) {
    const options = { name, encoder: rowEncoder };
    this.#database = root.openDB<SealedRow | Buffer, K>(options);
    this.#seed = seedOf(name, 0);
  }

  get(key: K): StoredRow | undefined {
    const value = this.#database.getBinaryFast(key);
    return value && this.#decode(key, value);
  }

  /** Returns a row that a version without checksums wrote; null where the value is not such a row. */
  getUnchecked(key: K): Row | null {
    const value = this.#database.getBinaryFast(key);
    return value ? decodeRow(value, 0) : null;
  }

  put(key: K, row: Row): void {
    this.#database.put(key, { row, seed: seedOf(keyText(key), this.#seed) });
  }

  remove(key: K): void {
    this.#database.remove(key);
  }

  getKeys(range: RangeOptions): Iterable<K> {
    return this.#database.getKeys(range);
  }

  /** Decodes each row before the next one is read, because LMDB reads all values into one buffer. */
  *getRange(range: RangeOptions): Generator<{ key: K; row: StoredRow }> {
    for (const { key, value } of this.#database.getRange(range)) yield { key, row: this.#decode(key, value as Buffer) };
  }

  get size(): number {
    return (this.#database.getStats() as { entryCount: number }).entryCount;
  }

  /** LMDB may reuse the buffer `value` for the next value. */
  #decode(key: K, value: Buffer): StoredRow {
    if (value.length <= CHECKSUM_BYTES) return new MalformedRow('is not a row');
    const sum = checksum(value, CHECKSUM_BYTES, value.length, seedOf(keyText(key), this.#seed));
    if (sum !== value.readUInt32LE(0)) return new MalformedRow('does not match its checksum');
    return decodeRow(value, CHECKSUM_BYTES) ?? new MalformedRow('is not a row');
  }
}

const keyText = (key: RowKey): string => (typeof key === 'string' ? key : key.join(' '));

/** Decodes a row by its columns. Throws `UndecodableRecord` with the name `record`. */
export function decodeRecord<R>(record: string, row: StoredRow, read: (columns: Columns) => R): R {
  try {
    if (row instanceof MalformedRow) throw row;
    return read(new Columns(row));
  } catch (error) {
    if (error instanceof MalformedRow) throw new UndecodableRecord(record, error.message);
    throw error;
  }
}

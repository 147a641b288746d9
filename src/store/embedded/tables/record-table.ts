import type { RangeOptions } from 'lmdb';
import { UndecodableRecord } from '../../../domain/machine/lookups.ts';
import { compareTexts } from '../../../domain/skus.ts';
import { MalformedRow, type Row } from '../../columns.ts';
import type { Shape } from '../rows/record-shapes.ts';
import { decodeRecord, type Rows, type StoredRow } from '../rows/rows.ts';

/** A key with its record, or with the error that describes an undecodable one. */
type Entry<R> = { key: string; record: R } | { key: string; undecodable: UndecodableRecord };

/**
 * The longest key is a customer, a space and a SKU: 641 bytes. No key of this many characters exceeds LMDB's 1,978
 * bytes.
 */
const KEY_CHARS_MAX = 400;

const REWRITE_PAGE = 10_000;

/** Returns whether LMDB accepts a key. It throws when it is called with an empty or very long one. */
export function isKey(key: string): boolean {
  return key !== '' && key.length <= KEY_CHARS_MAX;
}

/**
 * Returns whether a key sorts after another in LMDB. The fast comparison decides most cases; surrogate pairs need the
 * exact one.
 */
const isAbove = (key: string, other: string): boolean => key > other && compareTexts(key, other) > 0;

/** The records of one kind by key. Reads see the open write transaction, or else the read snapshot. */
export class RecordTable<R> {
  readonly #rows: Rows<string>;
  readonly #shape: Shape<R>;
  /**
   * An upper bound of the keys. Generated ids grow with time, so a new id is known to be absent without a read. The
   * bound never falls, because a rollback may restore a removed key. A bound that is too high only costs the read.
   */
  #highest: string;

  constructor(rows: Rows<string>, shape: Shape<R>) {
    this.#rows = rows;
    this.#shape = shape;
    const [last] = rows.getKeys({ reverse: true, limit: 1 });
    this.#highest = last ?? '';
  }

  /** Throws `UndecodableRecord`. */
  get(key: string): R | undefined {
    if (isAbove(key, this.#highest) || !isKey(key)) return undefined;
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#decode(key, row);
  }

  /** Returns the record; undefined where it is missing or cannot be decoded. */
  readable(key: string): R | undefined {
    const entry = this.entry(key);
    return entry && 'record' in entry ? entry.record : undefined;
  }

  /** Returns the entry of a key, decodable or not, or null. */
  entry(key: string): Entry<R> | null {
    const row = isKey(key) ? this.#rows.get(key) : undefined;
    return row === undefined ? null : this.#entry(key, row);
  }

  put(key: string, record: R): void {
    if (compareTexts(key, this.#highest) > 0) this.#highest = key;
    this.#rows.put(key, this.#shape.toRow(record));
  }

  remove(key: string): void {
    this.#rows.remove(key);
  }

  /** Returns at most `limit` entries after `after`, in the order of the keys' bytes. */
  page({ after, limit }: { after?: string | undefined; limit: number }): Entry<R>[] {
    return [...this.#rows.getRange(rangeOf(after, limit))].map(({ key, row }) => this.#entry(key, row));
  }

  /** Replaces all rows, for a migration. Leaves a malformed row, which the audit reports. */
  rewrite(change: (row: Row) => Row): void {
    let after: string | undefined;
    for (;;) {
      const page = [...this.#rows.getRange(rangeOf(after, REWRITE_PAGE))];
      for (const { key, row } of page) if (!(row instanceof MalformedRow)) this.#rows.put(key, change(row));
      if (page.length < REWRITE_PAGE) return;
      after = page.at(-1)?.key;
    }
  }

  keys({ after, limit }: { after: string | undefined; limit: number }): string[] {
    return [...this.#rows.getKeys(rangeOf(after, limit))];
  }

  get size(): number {
    return this.#rows.size;
  }

  #entry(key: string, row: StoredRow): Entry<R> {
    try {
      return { key, record: this.#decode(key, row) };
    } catch (error) {
      if (error instanceof UndecodableRecord) return { key, undecodable: error };
      throw error;
    }
  }

  #decode(key: string, row: StoredRow): R {
    const { word, fromRow } = this.#shape;
    return decodeRecord(`${word}:${key}`, row, (columns) => fromRow(key, columns));
  }
}

function rangeOf(after: string | undefined, limit: number): RangeOptions {
  return after === undefined || !isKey(after) ? { limit } : { start: after, exclusiveStart: true, limit };
}

import type { RangeOptions } from 'lmdb';
import { UndecodableRecord } from '../../../domain/machine/lookups.ts';
import { compareTexts } from '../../../domain/skus.ts';
import type { Shape } from '../rows/record-shapes.ts';
import { Columns, MalformedRow } from '../../columns.ts';
import type { Kept, Rows } from '../rows/rows.ts';

/** What stands under a key: a record, or what is wrong with it. */
export type Entry<R> = { key: string; record: R } | { key: string; undecodable: UndecodableRecord };

/** The longest key is a customer, a space and a SKU: 641 bytes. No key of this many units has LMDB's 1,978 bytes. */
const KEY_CHARS_MAX = 400;

/** Whether something can stand under a key at all: LMDB throws where none or a very long one is asked for. */
export function isKey(key: string): boolean {
  return key !== '' && key.length <= KEY_CHARS_MAX;
}

/** Whether a key is above another in the order of LMDB. Most are not, which the fast comparison shows but for pairs. */
const isAbove = (key: string, other: string): boolean => key > other && compareTexts(key, other) > 0;

/** The records of one kind by their keys. Reads are of the transaction under way, or of the present read snapshot. */
export class RecordTable<R> {
  readonly #rows: Rows<string>;
  readonly #shape: Shape<R>;
  /**
   * No key is higher. Ids that are made grow with time, so a new one is known to be new without a look. It never falls,
   * since what a transaction removes may come back by a roll-back; being too high only costs the look.
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

  /** What stands under a key, decodable or not. */
  entry(key: string): Entry<R> | null {
    const row = this.#rows.get(key);
    return row === undefined ? null : this.#entry(key, row);
  }

  put(key: string, record: R): void {
    if (compareTexts(key, this.#highest) > 0) this.#highest = key;
    this.#rows.put(key, this.#shape.toRow(record));
  }

  remove(key: string): void {
    this.#rows.remove(key);
  }

  /** In the order of the keys' bytes, after `after`, at most `limit`. */
  page({ after, limit }: { after?: string | undefined; limit: number }): Entry<R>[] {
    return [...this.#rows.getRange(rangeOf(after, limit))].map(({ key, row }) => this.#entry(key, row));
  }

  keys({ after, limit }: { after: string | undefined; limit: number }): string[] {
    return [...this.#rows.getKeys(rangeOf(after, limit))];
  }

  get size(): number {
    return this.#rows.size;
  }

  #entry(key: string, row: Kept): Entry<R> {
    try {
      return { key, record: this.#decode(key, row) };
    } catch (error) {
      if (error instanceof UndecodableRecord) return { key, undecodable: error };
      throw error;
    }
  }

  #decode(key: string, row: Kept): R {
    const record = `${this.#shape.word}:${key}`;
    try {
      if (row instanceof MalformedRow) throw row;
      return this.#shape.fromRow(key, new Columns(row));
    } catch (error) {
      if (error instanceof MalformedRow) throw new UndecodableRecord(record, error.message);
      throw error;
    }
  }
}

function rangeOf(after: string | undefined, limit: number): RangeOptions {
  return after === undefined || !isKey(after) ? { limit } : { start: after, exclusiveStart: true, limit };
}

import { Packr } from 'msgpackr';

/** How a record is kept: a flat list of scalars, which MessagePack writes compactly and without the fields' names. */
export type Row = (string | number | boolean | null)[];

/** What is wrong with a row, in words for an operator. */
export class MalformedRow extends Error {
  override readonly name = 'MalformedRow';
}

const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/**
 * The encoder that every database with rows is opened with. `decode` never throws, so that one bad value does not end the
 * iteration that meets it: it answers null, and whoever wanted the record says what follows.
 */
export const rowEncoder = {
  /** Tells lmdb that `encode` knows its modes: the bytes are copied at once, so that one buffer serves all. */
  copyBuffers: true,
  encode(row: Row, mode?: number): Buffer {
    return packr.encode(row, mode);
  },
  decode(bytes: Buffer, end?: number): Row | null {
    if (!isShortArray(bytes[0])) return null;
    try {
      const row: unknown = packr.decode(bytes, end);
      return Array.isArray(row) ? (row as Row) : null;
    } catch {
      return null;
    }
  },
};

/** Every row has at most fifteen columns. A longer array is none of ours, and its claimed length is not to be believed. */
function isShortArray(head: number | undefined): boolean {
  return head !== undefined && head >= 0x90 && head <= 0x9f;
}

/** Reads the columns of a row in order and believes none of them. Each method throws `MalformedRow`. */
export class Columns {
  readonly #row: Row;
  #index = 0;

  constructor(row: Row) {
    this.#row = row;
  }

  text(): string {
    const value = this.#next();
    return typeof value === 'string' ? value : this.#refuse('a text');
  }

  textOrNull(): string | null {
    return this.#row[this.#index] === null ? this.#null() : this.text();
  }

  integer(): number {
    const value = this.#next();
    return Number.isSafeInteger(value) ? (value as number) : this.#refuse('an integer');
  }

  integerOrNull(): number | null {
    return this.#row[this.#index] === null ? this.#null() : this.integer();
  }

  flag(): boolean {
    const value = this.#next();
    return typeof value === 'boolean' ? value : this.#refuse('true or false');
  }

  /** A column that holds a position in a list of words. */
  word<W extends string>(words: readonly W[]): W {
    return words[this.integer()] ?? this.#refuse(`one of ${words.length} words`);
  }

  wordOrNull<W extends string>(words: readonly W[]): W | null {
    return this.#row[this.#index] === null ? this.#null() : this.word(words);
  }

  #next(): Row[number] | undefined {
    const value = this.#row[this.#index];
    this.#index += 1;
    return value;
  }

  #null(): null {
    this.#index += 1;
    return null;
  }

  #refuse(wanted: string): never {
    throw new MalformedRow(`column ${this.#index} is not ${wanted}`);
  }
}

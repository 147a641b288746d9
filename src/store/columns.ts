import { isComponentsText } from '../domain/kits.ts';
import type { Money } from '../domain/money.ts';
import type { Codes } from '../domain/record-codes.ts';

/** A stored record: a flat list of scalars, which MessagePack encodes compactly and without field names. */
export type Row = (string | number | boolean | null)[];

/** Thrown for a row that cannot be decoded. The message is for operators. */
export class MalformedRow extends Error {
  override readonly name = 'MalformedRow';
}

/** Reads the columns of a row in order and validates each one. Each method throws `MalformedRow`. */
export class Columns {
  readonly #row: readonly unknown[];
  #index = 0;

  constructor(row: unknown) {
    if (!Array.isArray(row)) throw new MalformedRow('the row is not a list of columns');
    this.#row = row;
  }

  /** Whether all columns have been read. */
  get isAtEnd(): boolean {
    return this.#index >= this.#row.length;
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

  /** Reads two columns, the amount and the currency. */
  moneyOrNull(): Money | null {
    const amount = this.integerOrNull();
    const currency = this.textOrNull();
    return amount === null || currency === null ? null : { amount, currency };
  }

  /** Reads the text of a kit's components. */
  componentsOrNull(): string | null {
    const text = this.textOrNull();
    return text === null || isComponentsText(text) ? text : this.#refuse('a list of components');
  }

  flag(): boolean {
    const value = this.#next();
    return typeof value === 'boolean' ? value : this.#refuse('true or false');
  }

  /** Reads a column that holds the code of a word. */
  word<W extends string>(codes: Codes<W>): W {
    return codes.word(this.integer()) ?? this.#refuse('a code that this version knows');
  }

  wordOrNull<W extends string>(codes: Codes<W>): W | null {
    return this.#row[this.#index] === null ? this.#null() : this.word(codes);
  }

  /** Reads a column that holds one of these words. */
  among<W extends string>(words: readonly W[]): W {
    const value = this.#next();
    return words.find((word) => word === value) ?? this.#refuse('a word that this version knows');
  }

  texts(): string[] {
    return this.#list((value) => typeof value === 'string', 'a list of texts');
  }

  integers(): number[] {
    return this.#list(Number.isSafeInteger, 'a list of integers');
  }

  /** Throws if the row has more columns. */
  end(): void {
    if (!this.isAtEnd) throw new MalformedRow(`there are ${this.#row.length} columns instead of ${this.#index}`);
  }

  #list<T>(check: (value: unknown) => boolean, wanted: string): T[] {
    const value = this.#next();
    return Array.isArray(value) && value.every(check) ? value : this.#refuse(wanted);
  }

  #next(): unknown {
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

import { LEDGER_LINES, type MovementKind } from './movement-kinds.ts';
import { ORDER_CODES } from './order-states.ts';
import type { DocumentList, HoldState, OrderList } from './records.ts';

/**
 * How words are kept in records: each has a number of its own, the same in both stores. Never change a number and never use
 * one again: data that was written with it would be read as another word. A new word gets a new number.
 */
export class Codes<W extends string> {
  readonly #codes: Readonly<Record<W, number>>;
  readonly #words: ReadonlyMap<number, W>;

  constructor(codes: Readonly<Record<W, number>>) {
    this.#codes = codes;
    this.#words = new Map((Object.entries(codes) as [W, number][]).map(([word, code]) => [code, word]));
  }

  of(word: W): number {
    return this.#codes[word];
  }

  /** Returns undefined for a number that is not a code. */
  word(code: number): W | undefined {
    return this.#words.get(code);
  }
}

/** Redis keeps a state in three bits, so 7 is the last code that there can be. */
export const HOLD_STATE_CODES = new Codes<HoldState>({ held: 1, pinned: 2, consumed: 3, released: 4, expired: 5 });

/** What a line of the ledger is. */
export const LEDGER_CODES = new Codes<MovementKind | 'document'>(LEDGER_LINES);

export const ORDER_LIST_CODES = new Codes<OrderList>(ORDER_CODES);
export const DOCUMENT_LIST_CODES = new Codes<DocumentList>({ ...ORDER_CODES, by_owner: 6 });

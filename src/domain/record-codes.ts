import { LEDGER_LINES, type MovementKind } from './movement-kinds.ts';
import { type OrderStatus, STATUS_CODES } from './order-states.ts';
import type { DocumentList, HoldState } from './records.ts';

/**
 * The numbers that stand for words in records, the same in both stores. Never change or reuse a number, because data
 * that was written with it would be read as another word. A new word gets a new number.
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

/** Redis stores a state in three bits, so the highest possible code is 7. */
export const HOLD_STATE_CODES = new Codes<HoldState>({
  held: 1,
  pinned: 2,
  consumed: 3,
  released: 4,
  expired: 5,
  committed: 6,
});

/** Codes of the kinds of ledger entries. */
export const LEDGER_CODES = new Codes<MovementKind | 'document'>(LEDGER_LINES);

export const ORDER_LIST_CODES = new Codes<OrderStatus>(STATUS_CODES);
export const DOCUMENT_LIST_CODES = new Codes<DocumentList>({
  ...STATUS_CODES,
  by_owner: 6,
  events: 7,
  reservations: 10,
  reservations_ended: 11,
  transfers: 12,
  transfers_ended: 13,
});

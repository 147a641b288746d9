import type { RequestRecord } from '../../../domain/records.ts';
import { joinWords, type RequestHead, splitWords } from '../rows/record-shapes.ts';
import type { RotatingTable, Slots } from './rotating-table.ts';

/** LMDB stores longer rows on overflow pages, which are never full and must be contiguous. */
const GRANTED_CHARS_MAX = 1_200;

/** Request records of one retention. The granted units of a very long transaction continue in further rows. */
export class RequestTable {
  readonly #rows: RotatingTable<RequestHead>;

  constructor(rows: RotatingTable<RequestHead>) {
    this.#rows = rows;
  }

  get tables(): Slots<RequestHead> {
    return this.#rows.tables;
  }

  /** Throws `UndecodableRecord`. */
  get(id: string, asOf: number): RequestRecord | undefined {
    const head = this.#rows.get(id, asOf);
    if (!head) return undefined;
    const { fingerprint, sequence, at, reference, parts } = head;
    let { granted } = head;
    for (let part = 1; part <= parts; part += 1) granted += this.#rows.get(rowKey(id, part), asOf)?.granted ?? '';
    return { fingerprint, sequence, at, reference, granted: splitWords(granted).map(Number) };
  }

  put(id: string, { fingerprint, sequence, at, reference, granted }: RequestRecord): void {
    const text = joinWords(granted);
    const parts = Math.max(0, Math.ceil(text.length / GRANTED_CHARS_MAX) - 1);
    const head = { fingerprint, sequence, at, reference, granted: text.slice(0, GRANTED_CHARS_MAX), parts };
    this.#rows.put(id, head, at);
    for (let part = 1; part <= parts; part += 1) {
      const from = part * GRANTED_CHARS_MAX;
      const rest = { ...head, granted: text.slice(from, from + GRANTED_CHARS_MAX), parts: 0 };
      this.#rows.put(rowKey(id, part), rest, at);
    }
  }

  clean(lastAt: number, at: number, rows: number): void {
    this.#rows.clean(lastAt, at, rows);
  }
}

/** The key contains a space, which no id does. */
function rowKey(id: string, part: number): string {
  return `${id} ${part}`;
}

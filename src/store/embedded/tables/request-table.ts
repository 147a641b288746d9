import type { RequestRecord } from '../../../domain/records.ts';
import { joined, type RequestHead, split } from '../rows/record-shapes.ts';
import type { RotatingTable, Slots } from './rotating-table.ts';

/** Longer rows would get pages of their own, which are never full and are searched for side by side. */
const PART_CHARS_MAX = 1_200;

/** Request records of one retention. The granted units of a very long transaction go on in further rows. */
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
    for (let part = 1; part <= parts; part += 1) granted += this.#rows.get(partKey(id, part), asOf)?.granted ?? '';
    return { fingerprint, sequence, at, reference, granted: split(granted).map(Number) };
  }

  put(id: string, { fingerprint, sequence, at, reference, granted }: RequestRecord): void {
    const text = joined(granted);
    const parts = Math.max(0, Math.ceil(text.length / PART_CHARS_MAX) - 1);
    const head = { fingerprint, sequence, at, reference, granted: text.slice(0, PART_CHARS_MAX), parts };
    this.#rows.put(id, head, at);
    for (let part = 1; part <= parts; part += 1) {
      const from = part * PART_CHARS_MAX;
      const rest = { ...head, granted: text.slice(from, from + PART_CHARS_MAX), parts: 0 };
      this.#rows.put(partKey(id, part), rest, at);
    }
  }

  clean(lastAt: number, at: number, rows: number): void {
    this.#rows.clean(lastAt, at, rows);
  }
}

/** Holds a space, which no id does. */
function partKey(id: string, part: number): string {
  return `${id} ${part}`;
}

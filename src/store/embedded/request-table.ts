import type { RequestRecord } from '../../domain/records.ts';
import { joined, type RequestHead, split } from './record-shapes.ts';
import type { RotatingTable } from './rotating-table.ts';

/**
 * Longer rows would need pages of their own, and a table that has such pages is emptied by reading all of it: measured
 * 130 ms for a million records, where 1 ms is enough without them.
 */
const PART_CHARS_MAX = 1_200;

/** Request records of one retention. The granted units of a very long transaction go on in further rows. */
export class RequestTable {
  readonly #heads: RotatingTable<RequestHead>;
  readonly #parts: RotatingTable<string>;

  /** Both may be the same databases: a part's key holds a space, which no id does. */
  constructor(heads: RotatingTable<RequestHead>, parts: RotatingTable<string>) {
    this.#heads = heads;
    this.#parts = parts;
  }

  /** Throws `UndecodableRecord`. */
  get(id: string): RequestRecord | undefined {
    const head = this.#heads.get(id);
    if (!head) return undefined;
    let { granted } = head;
    for (let part = 1; part <= head.parts; part += 1) granted += this.#parts.get(partKey(id, part)) ?? '';
    const { fingerprint, sequence, at, reference } = head;
    return { fingerprint, sequence, at, reference, granted: split(granted).map(Number) };
  }

  put(id: string, record: RequestRecord, at: number): void {
    const { fingerprint, sequence, reference } = record;
    const text = joined(record.granted);
    const parts = Math.max(0, Math.ceil(text.length / PART_CHARS_MAX) - 1);
    this.#heads.put(
      id,
      { fingerprint, sequence, at: record.at, reference, granted: text.slice(0, PART_CHARS_MAX), parts },
      at,
    );
    for (let part = 1; part <= parts; part += 1) {
      const from = part * PART_CHARS_MAX;
      this.#parts.put(partKey(id, part), text.slice(from, from + PART_CHARS_MAX), at);
    }
  }

  rotate(lastAt: number, at: number): void {
    this.#heads.rotate(lastAt, at);
  }
}

function partKey(id: string, part: number): string {
  return `${id} ${part}`;
}

import type { Ageing } from './ageing.ts';
import type { RecordTable } from './record-table.ts';

/** The tables of the present period, of the previous one, and of the one before that, which is being emptied. */
export type Slots<R> = readonly [RecordTable<R>, RecordTable<R>, RecordTable<R>];

type Slot = 0 | 1 | 2;
const SLOTS: readonly Slot[] = [0, 1, 2];

/** The progress of cleaning a table; null where it has no old rows. */
type Cleaning = { after: string | undefined } | null;

/**
 * Records that are kept for the period in which they were written and for the next one. Older records are invisible at
 * once, and each batch removes a slice of them. Emptying a whole table is quick by itself, but later LMDB transactions
 * pay for its pages: for a million records, half a second of event loop was measured, because LMDB merges its list of
 * free pages page by page.
 */
export class RotatingTable<R> {
  /** The tables of all periods. */
  readonly tables: Slots<R>;
  readonly #periodMs: number;
  readonly #writtenAt: (record: R) => number;
  readonly #ageing: Ageing;
  /**
   * After a start every table is checked once. If a rollback restores removed rows, the next check of the table removes
   * them.
   */
  readonly #cleaning: [Cleaning, Cleaning, Cleaning] = [
    { after: undefined },
    { after: undefined },
    { after: undefined },
  ];

  constructor(slots: Slots<R>, options: { periodMs: number; writtenAt: (record: R) => number; ageing: Ageing }) {
    this.tables = slots;
    this.#periodMs = options.periodMs;
    this.#writtenAt = options.writtenAt;
    this.#ageing = options.ageing;
  }

  /** Returns the record that is kept at the time `asOf`. Throws `UndecodableRecord`. */
  get(key: string, asOf: number): R | undefined {
    const now = this.#periodOf(asOf);
    return this.#fresh(now, key, now) ?? this.#fresh(now - 1, key, now);
  }

  put(key: string, record: R, at: number): void {
    this.tables[slotOf(this.#periodOf(at))].put(key, record);
  }

  /**
   * Checks at most `rows` rows and removes those that are too old at `at`. `lastAt` is the time of the previous batch.
   */
  clean(lastAt: number, at: number, rows: number): void {
    const [before, now] = [this.#periodOf(lastAt), this.#periodOf(at)];
    if (now > before) this.#retire(now, now - before);
    let left = rows;
    for (const slot of SLOTS) left -= this.#cleanSlot(slot, now, left);
  }

  #retire(now: number, periods: number): void {
    this.#cleaning[slotOf(now - 2)] = { after: undefined };
    if (periods > 1) for (const slot of SLOTS) this.#cleaning[slot] = { after: undefined };
  }

  /** Cleans at most `rows` rows of a table. Returns how many it has checked. */
  #cleanSlot(slot: Slot, now: number, rows: number): number {
    const cleaning = this.#cleaning[slot];
    if (!cleaning || rows === 0) return 0;
    const table = this.tables[slot];
    const keys = table.keys({ after: cleaning.after, limit: rows });
    const isAllOld = slot === slotOf(now - 2);
    for (const key of keys) if (isAllOld || this.#isOld(table, key, now)) table.remove(key);
    this.#cleaning[slot] = keys.length < rows ? null : { after: keys.at(-1) };
    return keys.length;
  }

  /** An undecodable record stays until its whole table is old. */
  #isOld(table: RecordTable<R>, key: string, now: number): boolean {
    const entry = table.entry(key);
    return entry !== null && 'record' in entry && this.#periodOf(this.#writtenAt(entry.record)) < now - 1;
  }

  #fresh(period: number, key: string, now: number): R | undefined {
    const record = this.tables[slotOf(period)].get(key);
    return record !== undefined && this.#periodOf(this.#writtenAt(record)) >= now - 1 ? record : undefined;
  }

  #periodOf(at: number): number {
    return Math.floor(this.#ageing.of(at) / this.#periodMs);
  }
}

function slotOf(period: number): Slot {
  return (((period % 3) + 3) % 3) as Slot;
}

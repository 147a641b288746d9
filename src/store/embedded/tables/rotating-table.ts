import type { Ageing } from './ageing.ts';
import type { RecordTable } from './record-table.ts';

/** A table each for the present period, for the one before, and for the one before that, which is emptied meanwhile. */
export type Slots<R> = readonly [RecordTable<R>, RecordTable<R>, RecordTable<R>];

type Slot = 0 | 1 | 2;
const SLOTS: readonly Slot[] = [0, 1, 2];

/** How far the cleaning of a table has got; null where nothing old is in it. */
type Progress = { after: string | undefined } | null;

/**
 * Records that are kept for the period in which they were written and for the one after. What is older is invisible at
 * once and goes slice by slice, a slice with each batch. Emptying a whole table would be quick by itself, but LMDB pays
 * for the pages of it in the transactions after: measured half a second of event loop for a million records, since its
 * list of free pages is merged page by page.
 */
export class RotatingTable<R> {
  readonly #slots: Slots<R>;
  readonly #periodMs: number;
  readonly #writtenAt: (record: R) => number;
  readonly #ageing: Ageing;
  /** After a start every table is looked through once. A roll-back leaves rows behind for the next time around. */
  readonly #progress: [Progress, Progress, Progress] = [
    { after: undefined },
    { after: undefined },
    { after: undefined },
  ];

  constructor(slots: Slots<R>, options: { periodMs: number; writtenAt: (record: R) => number; ageing: Ageing }) {
    this.#slots = slots;
    this.#periodMs = options.periodMs;
    this.#writtenAt = options.writtenAt;
    this.#ageing = options.ageing;
  }

  /** Every table, whatever its period is. */
  get tables(): Slots<R> {
    return this.#slots;
  }

  /** What is kept under a key at the time `asOf`. Throws `UndecodableRecord`. */
  get(key: string, asOf: number): R | undefined {
    const now = this.#periodOf(asOf);
    return this.#fresh(now, key, now) ?? this.#fresh(now - 1, key, now);
  }

  put(key: string, record: R, at: number): void {
    this.#slots[slotOf(this.#periodOf(at))].put(key, record);
  }

  /** Looks through at most `rows` rows for what is too old at `at`, and removes it. `lastAt` is the batch before. */
  clean(lastAt: number, at: number, rows: number): void {
    const [before, now] = [this.#periodOf(lastAt), this.#periodOf(at)];
    if (now > before) this.#retire(now, now - before);
    let left = rows;
    for (const slot of SLOTS) left -= this.#cleanSlot(slot, now, left);
  }

  #retire(now: number, periods: number): void {
    this.#progress[slotOf(now - 2)] = { after: undefined };
    if (periods > 1) for (const slot of SLOTS) this.#progress[slot] = { after: undefined };
  }

  /** Looks through at most `rows` rows of a table, and says how many it were. */
  #cleanSlot(slot: Slot, now: number, rows: number): number {
    const progress = this.#progress[slot];
    if (!progress || rows === 0) return 0;
    const table = this.#slots[slot];
    const keys = table.keys({ after: progress.after, limit: rows });
    const isAllOld = slot === slotOf(now - 2);
    for (const key of keys) if (isAllOld || this.#isOld(table, key, now)) table.remove(key);
    this.#progress[slot] = keys.length < rows ? null : { after: keys.at(-1) };
    return keys.length;
  }

  /** What cannot be decoded waits until its whole table is old. */
  #isOld(table: RecordTable<R>, key: string, now: number): boolean {
    const entry = table.entry(key);
    return entry !== null && 'record' in entry && this.#periodOf(this.#writtenAt(entry.record)) < now - 1;
  }

  #fresh(period: number, key: string, now: number): R | undefined {
    const record = this.#slots[slotOf(period)].get(key);
    return record !== undefined && this.#periodOf(this.#writtenAt(record)) >= now - 1 ? record : undefined;
  }

  #periodOf(at: number): number {
    return Math.floor(this.#ageing.of(at) / this.#periodMs);
  }
}

function slotOf(period: number): Slot {
  return (((period % 3) + 3) % 3) as Slot;
}

import type { RecordTable } from './record-table.ts';

/** Two tables that take turns, so that what is old goes by emptying a table and not record by record. */
export type Slots<R> = readonly [even: RecordTable<R>, odd: RecordTable<R>];

/** Records that are kept for the period in which they were written and for the one after. */
export class RotatingTable<R> {
  readonly #slots: Slots<R>;
  readonly #periodMs: number;

  constructor(slots: Slots<R>, periodMs: number) {
    this.#slots = slots;
    this.#periodMs = periodMs;
  }

  /** Looks in both tables. Throws `UndecodableRecord`. */
  get(key: string): R | undefined {
    return this.#slots[0].get(key) ?? this.#slots[1].get(key);
  }

  put(key: string, record: R, at: number): void {
    this.#slotOf(this.#periodOf(at)).put(key, record);
  }

  /** Called before anything is written at `at`; `lastAt` is when something was written last. */
  rotate(lastAt: number, at: number): void {
    const [before, now] = [this.#periodOf(lastAt), this.#periodOf(at)];
    if (now > before) this.#slotOf(now).clear();
    if (now > before + 1) this.#slotOf(now + 1).clear();
  }

  #periodOf(at: number): number {
    return Math.floor(at / this.#periodMs);
  }

  #slotOf(period: number): RecordTable<R> {
    return this.#slots[period % 2 === 0 ? 0 : 1];
  }
}

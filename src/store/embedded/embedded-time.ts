import type { ClockReading } from '../time/shop-time.ts';
import type { SteadyClock } from '../time/steady-clock.ts';
import type { Ageing } from './tables/ageing.ts';
import { type ClockRow, writeClockRow } from './clock-row.ts';
import type { MetaRows } from './tables/meta-rows.ts';

/** Shop time of an embedded store, with the clock state in the shop's data. */
export class EmbeddedTime {
  readonly clock: SteadyClock;
  readonly #meta: MetaRows;
  readonly #ageing: Ageing;
  /** The row on disk, or in a pending write; null: unknown. */
  #kept: ClockRow | null;

  constructor(parts: { meta: MetaRows; clock: SteadyClock; ageing: Ageing; kept: ClockRow }) {
    this.clock = parts.clock;
    this.#meta = parts.meta;
    this.#ageing = parts.ageing;
    this.#kept = parts.kept;
  }

  /** Returns the present time. `lastAt` is the time of the last batch. */
  now(lastAt: number): number {
    return this.clock.now(lastAt);
  }

  /** Returns the time of a batch, and stores a changed clock state in the batch's write transaction. */
  ofBatch(lastAt: number): number {
    const at = this.clock.now(lastAt);
    if (!this.clock.isGuarded) return at;
    this.#ageing.note(lastAt, at);
    const row = { offset: this.clock.offset, ageing: this.#ageing.row };
    if (this.#kept?.offset === row.offset && this.#kept.ageing === row.ageing) return at;
    writeClockRow(this.#meta, row);
    this.#kept = row;
    return at;
  }

  read(lastAt: number): ClockReading {
    return this.clock.read(lastAt);
  }

  /** Whether a step of the wall clock was absorbed since the last batch. */
  get isUnkept(): boolean {
    return this.#kept !== null && this.#kept.offset !== this.clock.offset;
  }

  /** Stores the clock state again with the next batch, because a failed write may have lost it. */
  keepAgain(): void {
    this.#kept = null;
  }
}

import { GAP_MS_MAX } from '../../time/shop-time.ts';

/** A gap without a batch: shop time moved from `at` by `ms` beyond the longest gap that counts. */
interface Jump {
  at: number;
  ms: number;
}

/** The most gaps in a row. Beyond that the two oldest gaps are joined, so records between them are kept longer. */
const JUMPS_MAX = 6;

/**
 * The age of request records and ended holds. They age while the shop is in use, but not while it is stopped, nor when
 * shop time moves ahead because an operator accepts the clock: clients may still use their idempotency keys.
 */
export class Ageing {
  #jumps: readonly Jump[] = [];

  /** The gaps as a flat list, for `load`. The array is replaced whenever it changes. */
  row: readonly number[] = [];

  load(row: readonly number[]): void {
    this.row = row;
    this.#jumps = Array.from({ length: row.length / 2 }, (_, index) => ({
      at: row[2 * index] ?? 0,
      ms: row[2 * index + 1] ?? 0,
    }));
  }

  /** Records the gap before a batch at `at`. The previous batch was at `lastAt`. */
  note(lastAt: number, at: number): void {
    const ms = at - lastAt - GAP_MS_MAX;
    if (lastAt === 0 || ms <= 0) return;
    // A batch that was rolled back has recorded the gap already.
    if (this.#jumps.at(-1)?.at === lastAt) return;
    const jumps = [...this.#jumps, { at: lastAt, ms }];
    this.#keep(jumps.length > JUMPS_MAX ? joinOldest(jumps) : jumps);
  }

  /** Returns the milliseconds in use up to the shop time `at`. */
  of(at: number): number {
    let age = at;
    for (const jump of this.#jumps) if (jump.at < at) age -= jump.ms;
    return age;
  }

  #keep(jumps: readonly Jump[]): void {
    this.#jumps = jumps;
    this.row = jumps.flatMap(({ at, ms }) => [at, ms]);
  }
}

function joinOldest([first, second, ...rest]: readonly Jump[]): Jump[] {
  if (!first || !second) return rest;
  return [{ at: second.at, ms: first.ms + second.ms }, ...rest];
}

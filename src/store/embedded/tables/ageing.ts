import { GAP_MS_MAX } from '../../time/shop-time.ts';

/** Shop time moved from `at` on by `ms` without a batch, beyond the longest gap that counts. */
interface Jump {
  at: number;
  ms: number;
}

/** A row has no room for more. Of those above, the oldest two are joined: what was written between them is kept longer. */
const JUMPS_MAX = 6;

/**
 * The age of request records and ended holds. They age while the shop is in use, not while it is stopped, and not when
 * shop time moves ahead because an operator accepts the clock: the idempotency keys that clients still hold must be known.
 */
export class Ageing {
  #jumps: readonly Jump[] = [];

  /** Flat, as `load` takes it. A new array whenever it has changed. */
  row: readonly number[] = [];

  load(row: readonly number[]): void {
    this.row = row;
    this.#jumps = Array.from({ length: row.length / 2 }, (_, index) => ({
      at: row[2 * index] ?? 0,
      ms: row[2 * index + 1] ?? 0,
    }));
  }

  /** A batch takes place at `at`, the first since `lastAt`. */
  note(lastAt: number, at: number): void {
    const ms = at - lastAt - GAP_MS_MAX;
    if (lastAt === 0 || ms <= 0) return;
    // A batch that was rolled back has noted the gap already.
    if (this.#jumps.at(-1)?.at === lastAt) return;
    const jumps = [...this.#jumps, { at: lastAt, ms }];
    this.#keep(jumps.length > JUMPS_MAX ? joined(jumps) : jumps);
  }

  /** The time in use at the shop time `at`. */
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

function joined([first, second, ...rest]: readonly Jump[]): Jump[] {
  if (!first || !second) return rest;
  return [{ at: second.at, ms: first.ms + second.ms }, ...rest];
}

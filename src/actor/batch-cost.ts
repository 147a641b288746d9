/** The bound before anything is measured: small enough for a slow machine to answer in time. */
const FIRST_STEPS = 64;
/** The bound never falls below this, because a single stall of the store says little about the cost of a step. */
const LEAST_STEPS = 16;
/** A quick batch of at least this share of the bound shows that a larger one is safe. */
const EVIDENCE_SHARE = 0.25;
/** A batch is quick if it took less than this share of the time limit. */
const QUICK_SHARE = 0.25;
const GROWTH = 2;

/**
 * Bounds the steps of a batch by the measured time per step, so that a batch takes at most `msMax` milliseconds.
 *
 * After a late batch the bound falls at once to the size that would have been in time. It doubles after each quick
 * batch that was near the bound. So it adapts to a slower machine within one batch, and to a faster one within a few.
 */
export class BatchCost {
  readonly #msMax: number;
  readonly #stepsMax: number;
  #bound: number;

  /** Without a time limit (`Infinity`) the bound is always `stepsMax`. */
  constructor(msMax: number, stepsMax: number) {
    this.#msMax = msMax;
    this.#stepsMax = stepsMax;
    this.#bound = msMax === Infinity ? stepsMax : Math.min(FIRST_STEPS, stepsMax);
  }

  /** The most steps that the next batch may have. */
  get stepsMax(): number {
    return this.#bound;
  }

  /** Records that a batch of `steps` steps took `ms` milliseconds, not counting its wait for earlier batches. */
  learn(steps: number, ms: number): void {
    if (ms > this.#msMax) {
      const inTime = Math.floor((steps * this.#msMax) / ms);
      this.#bound = Math.min(this.#bound, Math.max(LEAST_STEPS, inTime));
    } else if (ms < this.#msMax * QUICK_SHARE && steps >= this.#bound * EVIDENCE_SHARE) {
      this.#bound = Math.min(this.#stepsMax, this.#bound * GROWTH);
    }
  }
}

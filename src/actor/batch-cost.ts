/** A lane that has measured nothing begins with batches so small that a slow machine answers them in time. */
const FIRST_STEPS = 64;
/** A single stall of the store says little about the cost of a step. */
const LEAST_STEPS = 16;
/** A batch of at least this part of the bound is evidence that a larger one is safe, if it was quick. */
const EVIDENCE_SHARE = 0.25;
/** Quick is below this part of the time that a batch may take. */
const QUICK_SHARE = 0.25;
const GROWTH = 2;

/**
 * Bounds the steps of a batch by what the last batches took for each step, so that a batch takes at most `msMax`.
 *
 * The bound falls at once to what would have been in time, and doubles after each quick batch that came near it. So it
 * follows a machine that becomes slower within one batch, and one that becomes faster within a few.
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

  /** Steps that a batch may have now. */
  get stepsMax(): number {
    return this.#bound;
  }

  /** Learns that a batch of `steps` steps took `ms` milliseconds, without the wait behind other batches. */
  learn(steps: number, ms: number): void {
    if (this.#msMax === Infinity) return;
    if (ms > this.#msMax) {
      const inTime = Math.floor((steps * this.#msMax) / ms);
      this.#bound = Math.min(this.#bound, Math.max(LEAST_STEPS, inTime));
    } else if (ms < this.#msMax * QUICK_SHARE && steps >= this.#bound * EVIDENCE_SHARE) {
      this.#bound = Math.min(this.#stepsMax, this.#bound * GROWTH);
    }
  }
}

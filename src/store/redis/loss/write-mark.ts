import type { MarkRecord, Raise, Sample } from './lost-writes.ts';

const SAMPLE_EVERY_MS = 50;
const SAMPLES_FOR_MS = 5_000;

/** The last sequence of the shop that this process has seen acknowledged. */
export class WriteMark {
  #sequence = 0;
  #at = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #samples: Sample[] = [];
  #raises: readonly Raise[] = [];
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get record(): MarkRecord {
    return { sequence: this.#sequence, at: this.#at, raises: this.#raises, samples: this.#samples };
  }

  /** Records that the store was at `sequence` at `at`, in epoch milliseconds. Called with every answer of the store. */
  note(sequence: number, at: number): void {
    if (sequence <= this.#sequence) return;
    this.#sequence = sequence;
    this.#at = at;
    if (at >= this.#sampledAt + SAMPLE_EVERY_MS) this.#sample(sequence, at);
    this.#onChange();
  }

  /** Sets the epochs of the store, which apply to everything that is recorded from now on. */
  follow(raises: readonly Raise[]): void {
    this.#raises = raises;
  }

  #sample(sequence: number, at: number): void {
    this.#sampledAt = at;
    this.#samples.push({ sequence, at });
    if ((this.#samples[0]?.at ?? at) < at - 2 * SAMPLES_FOR_MS) {
      this.#samples = this.#samples.filter((sample) => sample.at >= at - SAMPLES_FOR_MS);
    }
  }
}

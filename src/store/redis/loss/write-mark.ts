import type { MarkRecord, Raise, Sample } from './lost-writes.ts';

const SAMPLE_EVERY_MS = 50;
const SAMPLES_FOR_MS = 5_000;

/**
 * The last sequence of the shop that this process has seen acknowledged. With `confirmedOnly` (`DURABILITY=replicated`)
 * the sequence that a read shows does not count: a failover may lose a write that replicas have not confirmed, and no
 * caller has received an answer to it.
 */
export class WriteMark {
  #sequence = 0;
  #seen = 0;
  #at = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #samples: Sample[] = [];
  #raises: readonly Raise[] = [];
  readonly #onChange: () => void;
  readonly #confirmedOnly: boolean;

  constructor(onChange: () => void, confirmedOnly = false) {
    this.#onChange = onChange;
    this.#confirmedOnly = confirmedOnly;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** The last sequence of the shop that this process has seen, acknowledged or not. */
  get seen(): number {
    return Math.max(this.#seen, this.#sequence);
  }

  get record(): MarkRecord {
    return { sequence: this.#sequence, at: this.#at, raises: this.#raises, samples: this.#samples };
  }

  /** Records that the store was at `sequence` at `at`. Called with every answer of the store. */
  see(sequence: number, at: number): void {
    this.#seen = Math.max(this.#seen, sequence);
    if (!this.#confirmedOnly) this.note(sequence, at);
  }

  /** Records that the store was at `sequence` at `at`, in epoch milliseconds, and that this was acknowledged. */
  note(sequence: number, at: number): void {
    if (sequence <= this.#sequence) return;
    this.#sequence = sequence;
    this.#at = at;
    if (at >= this.#sampledAt + SAMPLE_EVERY_MS) this.#sample(sequence, at);
    this.#onChange();
  }

  /** Begins with a connection to a store at `sequence`, with the epochs that apply to everything from now on. */
  follow(raises: readonly Raise[], sequence: number): void {
    this.#raises = raises;
    this.#seen = sequence;
  }

  #sample(sequence: number, at: number): void {
    this.#sampledAt = at;
    this.#samples.push({ sequence, at });
    if ((this.#samples[0]?.at ?? at) < at - 2 * SAMPLES_FOR_MS) {
      this.#samples = this.#samples.filter((sample) => sample.at >= at - SAMPLES_FOR_MS);
    }
  }
}

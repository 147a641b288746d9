/** How often a shop is swept while it changes. It bounds how late a change of another process is noticed. */
export const SWEEP_MS = 1_000;

/** How often a shop is swept: each second while it changes, and less and less often while nothing changes it. */
export class SweepPace {
  readonly #restMs: number;
  #sequence: number | null = null;
  /** The milliseconds until the next sweep. */
  ms = SWEEP_MS;

  /** `restMs`: the most milliseconds between two sweeps. */
  constructor(restMs = SWEEP_MS) {
    this.#restMs = restMs;
  }

  /** Must be called at each sweep, with the shop's last known sequence. */
  note(sequence: number): void {
    const isUnchanged = sequence === this.#sequence;
    this.#sequence = sequence;
    this.ms = isUnchanged ? Math.min(2 * this.ms, this.#restMs) : SWEEP_MS;
  }

  /** Ends the rest, because this process has changed the shop. Returns whether there was one. */
  wake(): boolean {
    const wasResting = this.ms > SWEEP_MS;
    this.ms = SWEEP_MS;
    return wasResting;
  }
}

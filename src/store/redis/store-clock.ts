const WINDOW_MS = 30_000;

/**
 * A time that the store's clock has surely reached. Each answer carries the store's time when it was given, so at its
 * receipt the store's clock stood there or later. The quickest answer of the last half to whole minute is the sharpest.
 *
 * It errs to the early side, and that is the side that is safe: a batch's `notAfter` made from it passes in the store before
 * its caller is told that the outcome is unknown.
 */
export class StoreClock {
  readonly #clock: (() => number) | null;
  #offset = Number.NEGATIVE_INFINITY;
  #olderOffset = Number.NEGATIVE_INFINITY;
  #windowEndsAt = 0;
  /** The latest time of a batch; the store's time never runs back behind it, whatever became of the server. */
  floor = 0;

  /** With `clock`, a test's own, the store's time is what it says. */
  constructor(clock?: () => number) {
    this.#clock = clock ?? null;
  }

  /** What to give the scripts as their time: false for the server's own. */
  get given(): number | false {
    return this.#clock ? this.#clock() : false;
  }

  learn(at: number): void {
    const mono = performance.now();
    if (mono >= this.#windowEndsAt) {
      this.#olderOffset = this.#offset;
      this.#offset = Number.NEGATIVE_INFINITY;
      this.#windowEndsAt = mono + WINDOW_MS;
    }
    this.#offset = Math.max(this.#offset, at - mono);
  }

  /** On a new connection, maybe to another server. */
  forget(): void {
    this.#offset = this.#olderOffset = Number.NEGATIVE_INFINITY;
    this.#windowEndsAt = 0;
  }

  now(): number {
    const now = this.#clock ? this.#clock() : performance.now() + Math.max(this.#offset, this.#olderOffset);
    return Math.max(this.floor, Math.floor(now));
  }
}

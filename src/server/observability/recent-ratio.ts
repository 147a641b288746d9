const RATIO_WINDOW_MS = 300_000;

/**
 * The ratio of the increases of two totals over the last five minutes, or over a longer time if they were read less
 * often.
 */
export class RecentRatio {
  readonly #samples = [{ at: performance.now(), part: 0, whole: 0 }];

  /** Returns 0 if nothing was added to `whole`. */
  of(part: number, whole: number): number {
    const now = performance.now();
    this.#samples.push({ at: now, part, whole });
    while ((this.#samples[1]?.at ?? now) <= now - RATIO_WINDOW_MS) this.#samples.shift();
    const [first] = this.#samples;
    if (!first || whole <= first.whole) return 0;
    return (part - first.part) / (whole - first.whole);
  }
}

/** What a process knows of the lead: whether it has it, and for how long it has seen nobody who has. */
export class LeadState {
  #isLeading = false;
  #unledSince: number | null = null;

  get isLeading(): boolean {
    return this.#isLeading;
  }

  get unledMs(): number {
    return this.#unledSince === null ? 0 : performance.now() - this.#unledSince;
  }

  /**
   * Notes whether a leader was seen. The time without one begins with the first look that finds none: after this process was stopped
   * for a while, its last look is old and says nothing about that while.
   */
  saw(isLed: boolean): void {
    this.#unledSince = isLed ? null : (this.#unledSince ?? performance.now());
  }

  /** Notes that this process leads until `run` has settled or `lost` aborts. */
  async during(lost: AbortSignal, run: () => Promise<void>): Promise<void> {
    const end = (): void => {
      if (!this.#isLeading) return;
      this.#isLeading = false;
      this.saw(false);
    };
    this.#isLeading = true;
    this.saw(true);
    lost.addEventListener('abort', end, { once: true });
    try {
      await run();
    } finally {
      lost.removeEventListener('abort', end);
      end();
    }
  }
}

/**
 * Picks the process of a shop that does what follows from expiry, sends webhooks and trims the ledger, for economy only: two
 * processes that lead at once for a moment (a stalled process learns late that its lock ran out) do no harm, and
 * for a few seconds nobody may lead.
 */
export interface Leadership {
  /** Whether this process leads now. */
  readonly isLeading: boolean;
  /** How long this process has not seen any leader, itself included, in milliseconds of a monotonic clock; 0 while it sees one. */
  readonly unledMs: number;
  /**
   * Runs `run` whenever this process leads. To be called once. The signal that `run` gets is aborted when the lead is lost. A `run`
   * that returns or rejects gives the lead up for a while. Returns how to stop: that resolves when a running `run` has
   * returned, on Redis after two seconds at the latest.
   */
  whileLeading(run: (signal: AbortSignal) => Promise<void>): () => Promise<void>;
}

/** For a store that only one process opens. */
export const ALWAYS_LEADING: Leadership = {
  isLeading: true,
  unledMs: 0,
  whileLeading(run) {
    const stopping = new AbortController();
    const running = run(stopping.signal);
    return async () => {
      stopping.abort();
      await running;
    };
  },
};

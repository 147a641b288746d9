/**
 * Elects the process of a shop that processes expiries, sends webhooks and trims the ledger. It only saves work: two
 * leaders at once do no harm (a stalled process may notice late that its lock has expired), and for a few seconds there
 * may be none.
 */
export interface Leadership {
  /** Whether this process leads now. */
  readonly isLeading: boolean;
  /** Milliseconds, on a monotonic clock, since this process last saw a leader, itself included; 0 while it sees one. */
  readonly unledMs: number;
  /**
   * Calls `run` whenever this process becomes the leader. Call this method once. The signal of `run` is aborted when
   * the lead is lost. When `run` returns or rejects, the process gives up the lead for a while. Returns a function that
   * stops leading; its promise resolves when `run` has returned, on Redis after two seconds at the latest.
   */
  whileLeading(run: (signal: AbortSignal) => Promise<void>): () => Promise<void>;
}

/** The leadership of a store that only one process opens. */
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

/**
 * Picks the process that does what follows from expiry, for economy only: two that do it at once do no harm.
 * `run` is called whenever this process leads, with a signal that aborts when it does not any more.
 */
export interface Leadership {
  /** Returns how to stop: resolves when a running `run` has returned. */
  whileLeading(run: (signal: AbortSignal) => Promise<void>): () => Promise<void>;
}

/** For a store that only one process opens. */
export const ALWAYS_LEADING: Leadership = {
  whileLeading(run) {
    const stopping = new AbortController();
    const running = run(stopping.signal);
    return async () => {
      stopping.abort();
      await running;
    };
  },
};

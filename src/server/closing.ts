import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { killSelfAfter } from './hard-end.ts';

/** Draining takes 8 seconds at most; the rest is for flushing. */
const CLOSE_MAX_MS = 9_500;
/** How long the process's exit may take after that, before it is killed. */
const EXIT_MAX_MS = 400;
/** Under `npm start` a Ctrl-C comes twice, from the terminal and from npm: so soon, the second one is not impatience. */
const ECHO_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends the process in order: `close` is awaited, then it exits with 0. An error that nobody caught does the same and exits
 * with 1, as does a close that fails or takes too long; a second signal ends it at once. An exit that native code holds up
 * ends by SIGKILL.
 */
export function closeOnSignals(close: () => Promise<void>, log: Logger): void {
  const fail = (message: string, err?: unknown): void => log.fatal({ err }, message);
  const grace = closeWithGrace(
    {
      delay: CLOSE_MAX_MS,
      logger: { error: (err) => fail('closing failed', err) },
      onTimeout: () => fail(`closing takes more than ${CLOSE_MAX_MS} ms`),
      // These are ours: for a moment the library would have none of its own on them, and the echo would kill.
      skip: [...SIGNALS],
    },
    async ({ err }) => {
      killSelfAfter(CLOSE_MAX_MS + EXIT_MAX_MS);
      if (err) fail('an error that nobody caught', err);
      await close();
      log.info('closed');
    },
  );
  let firstMs: number | null = null;
  const onSignal = (signal: string): void => {
    if (firstMs === null) {
      firstMs = performance.now();
      log.info({ signal }, 'closing');
      grace.close();
    } else if (performance.now() - firstMs > ECHO_MS) {
      fail(`${signal} while closing`);
      killSelfAfter(EXIT_MAX_MS);
      process.exit(1);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

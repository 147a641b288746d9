import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { forceShutdownAfter } from './forced-shutdown.ts';

/** Draining takes at most 8 seconds. The rest is for flushing. */
const CLOSE_MAX_MS = 9_500;
/** How long the exit may take after that, before the process is killed. */
const EXIT_MAX_MS = 400;
/** Under `npm start` one Ctrl-C sends two signals, from the terminal and from npm. A second one so soon is ignored. */
const ECHO_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * The system sends most of these for a faulting instruction, for example a read of a truncated data file that is mapped
 * into memory. A handler in JavaScript never runs then: the instruction is repeated forever, and the process hangs.
 * Without a handler the process dies at once, and a supervisor can restart it.
 */
const FAULTS = ['SIGBUS', 'SIGSEGV', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP'] as const;

/**
 * Shuts the process down on a signal: awaits `close`, then exits with 0. After an uncaught error it does the same and
 * exits with 1, as it does if `close` fails or takes too long. A second signal exits at once. SIGKILL ends an exit that
 * native code blocks.
 */
export function shutDownOnSignals(close: () => Promise<void>, log: Logger): void {
  const fail = (message: string, err?: unknown): void => log.fatal({ err }, message);
  const grace = closeWithGrace(
    {
      delay: CLOSE_MAX_MS,
      logger: { error: (err) => fail('closing failed', err) },
      onTimeout: () => fail(`closing has taken more than ${CLOSE_MAX_MS} ms`),
      // SIGNALS are handled below. The library removes its handlers for a moment, in which the second signal would kill
      // the process.
      skip: [...SIGNALS, ...FAULTS],
    },
    async ({ err }) => {
      forceShutdownAfter(CLOSE_MAX_MS + EXIT_MAX_MS);
      if (err) fail('uncaught error', err);
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
      forceShutdownAfter(EXIT_MAX_MS);
      process.exit(1);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

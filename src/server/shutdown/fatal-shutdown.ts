import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { forceShutdownAfter } from './forced-shutdown.ts';

/** How long the answers to requests in flight may take. */
const ANSWERS_MS_MAX = 3_000;

/**
 * Ends the process after an error that only a restart can repair: `close` sends the answers, then the process kills
 * itself. It does not exit normally, because lmdb-js would flush on exit, and after a failed flush a successful one
 * proves nothing.
 */
export class FatalShutdown {
  readonly #log: Logger;
  #close: () => Promise<void> = () => Promise.resolve();
  #isShuttingDown = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Sets the function that waits for the answers. */
  closeWith(close: () => Promise<void>): void {
    this.#close = close;
  }

  readonly shutDown = (cause: Error): void => {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#log.fatal({ err: cause }, 'the store can continue only in a new process: this process ends itself');
    forceShutdownAfter(2 * ANSWERS_MS_MAX);
    void this.#answerAndKill();
  };

  async #answerAndKill(): Promise<void> {
    const answered = this.#close().catch((error: unknown) => {
      this.#log.error({ err: error }, 'not all requests in flight were answered');
    });
    await Promise.race([answered, setTimeout(ANSWERS_MS_MAX)]);
    process.kill(process.pid, 'SIGKILL');
  }
}

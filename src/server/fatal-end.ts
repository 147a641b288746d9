import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { killSelfAfter } from './hard-end.ts';

/** How long answers that are under way may take. */
const ANSWERS_MS_MAX = 3_000;

/**
 * What ends the process after an error that only a restart mends: `close` lets the answers out and then it kills itself.
 * It does not exit in order, because lmdb-js would flush on exit, and after a failed flush the next one proves nothing.
 */
export class FatalEnd {
  readonly #log: Logger;
  #close: () => Promise<void> = () => Promise.resolve();
  #isEnding = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Sets what lets the answers out. */
  closeWith(close: () => Promise<void>): void {
    this.#close = close;
  }

  readonly end = (cause: Error): void => {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#log.fatal({ err: cause }, 'the store can go on only in a new process: this one ends itself');
    killSelfAfter(2 * ANSWERS_MS_MAX);
    void this.#answerAndEnd();
  };

  async #answerAndEnd(): Promise<void> {
    const answered = this.#close().catch(() => undefined);
    await Promise.race([answered, setTimeout(ANSWERS_MS_MAX)]);
    process.kill(process.pid, 'SIGKILL');
  }
}

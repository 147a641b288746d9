import type { Log } from '../transact/log.ts';
import { descriptorLimit, openDescriptors } from './descriptors.ts';

const CHECK_MS = 5_000;
const WARN_SHARE = 0.9;
const END_SHARE = 0.8;

const WARNING =
  'file descriptors run out: without a free one, new connections are closed without an answer and files cannot be opened. ' +
  'Raise the limit (ulimit -n, LimitNOFILE), or lower MAX_CONNECTIONS';

/** Warns once when most of the file descriptors are open, and reports when enough are free again. */
export class DescriptorWatch {
  readonly #log: Log;
  /** Read once: without a free descriptor it could not be read. */
  readonly #limit = descriptorLimit();
  #timer: NodeJS.Timeout | undefined;
  #isWarned = false;

  constructor(log: Log) {
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => void this.check(), CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async check(): Promise<void> {
    const limit = this.#limit;
    const open = await openDescriptors();
    if (limit === null || open === null) return;
    if (!this.#isWarned && open >= limit * WARN_SHARE) {
      this.#isWarned = true;
      this.#log.warn({ openDescriptors: Math.min(open, limit), limit }, WARNING);
    } else if (this.#isWarned && open < limit * END_SHARE) {
      this.#isWarned = false;
      this.#log.info({ openDescriptors: open, limit }, 'enough file descriptors are free again');
    }
  }
}

import type { Log } from '../transact/log.ts';
import { OutageLog } from '../transact/outage-log.ts';
import { descriptorLimit, openDescriptors } from './descriptors.ts';

const DESCRIPTOR_CHECK_MS = 5_000;
const WARN_SHARE = 0.9;
const END_SHARE = 0.8;

const DESCRIPTOR_LINES = {
  failed:
    'file descriptors run out: without a free one, new connections are closed without an answer and files cannot be opened. ' +
    'Raise the limit (ulimit -n, LimitNOFILE), or lower MAX_CONNECTIONS',
  recovered: 'enough file descriptors are free again',
};

/** Warns once when most of the file descriptors are open, and reports when enough are free again. */
export class DescriptorWatch {
  readonly #shortage: OutageLog;
  /** Read at the start, because it cannot be read without a free descriptor. */
  readonly #limit = descriptorLimit();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#shortage = new OutageLog(log, DESCRIPTOR_LINES);
  }

  start(): void {
    this.#timer = setInterval(() => void this.check(), DESCRIPTOR_CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async check(): Promise<void> {
    const limit = this.#limit;
    const open = await openDescriptors();
    if (limit === null || open === null) return;
    const isShort = open >= limit * (this.#shortage.isFailing() ? END_SHARE : WARN_SHARE);
    this.#shortage.note(isShort, { openDescriptors: Math.min(open, limit), limit });
  }
}

import { type Log, OutageLog } from '../transact/log.ts';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

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

const LIMITS = '/proc/self/limits';
const DESCRIPTOR_DIRECTORY = '/proc/self/fd';

/** Returns how many file descriptors this process may open; null if the system has no limit or does not report it. */
export function descriptorLimit(): number | null {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(LIMITS, 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/**
 * Resolves with how many file descriptors this process has open; null if the system does not report it. Without a free
 * descriptor they cannot be listed, and the result is Infinity.
 */
async function openDescriptors(): Promise<number | null> {
  try {
    // One of them belongs to the listing itself.
    return (await readdir(DESCRIPTOR_DIRECTORY)).length - 1;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? Infinity : null;
  }
}

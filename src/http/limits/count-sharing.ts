import type { SharedCounter } from '../../store/opened-store.ts';
import { shortHash } from '../../transact/documents/ids.ts';
import type { Log } from '../../transact/log.ts';
import { OutageLog } from '../../transact/log.ts';
import type { Count } from './call-counts.ts';

/**
 * The interval at which counts are sent. A process receives the counts of others in the reply when it sends its own.
 */
const SEND_MS = 250;
/** The most counts in one sending. */
const COUNTS_SENT_MAX = 1_000;
const SHARING_LINES = {
  failed: 'rate limits cannot be shared with other processes: each process limits alone',
  recovered: 'rate limits are shared with other processes again',
};

/**
 * Shares counts with other processes a few times a second. No call waits for it. Only the counts of busy names are
 * sent, so that most calls cost nothing.
 */
export class CountSharing {
  readonly #counter: SharedCounter;
  readonly #outages: OutageLog;
  #changed = new Map<Count, string>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(counter: SharedCounter, log: Log) {
    this.#counter = counter;
    this.#outages = new OutageLog(log, SHARING_LINES);
  }

  /** Sends a count soon. `kind` distinguishes names of different limits. */
  readonly share = (kind: string, count: Count): void => {
    if (this.#isClosed || this.#changed.size >= COUNTS_SENT_MAX) return;
    this.#changed.set(count, kind);
    this.#timer ??= setTimeout(() => void this.#send(), SEND_MS).unref();
  };

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer ?? undefined);
  }

  async #send(): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Map();
    await this.#outages.attempt(() => Promise.all([...changed].map(([count, kind]) => this.#sendOne(kind, count))));
    this.#timer = null;
    const [next] = this.#changed;
    if (next) this.share(next[1], next[0]);
  }

  async #sendOne(kind: string, count: Count): Promise<void> {
    const calls = count.own - count.shared;
    if (calls === 0) return;
    count.shared += calls;
    const { shared } = count;
    // Hashed, because a session id is a secret.
    const name = `${kind}:${count.window}:${shortHash('rate', count.name)}`;
    const all = await this.#counter.add(name, calls);
    count.others = Math.max(count.others, all - shared);
  }
}

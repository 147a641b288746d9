import type { Log } from '../../transact/log.ts';

/** The least time between two lines about the same kind of refusal. */
const REFUSALS_QUIET_MS = 10_000;
const ADDRESSES_SHOWN = 5;
const ADDRESSES_MAX = 1_000;

/**
 * Logs refusals with the addresses of their clients: the first one at once, and the number of further ones once per
 * interval.
 */
export class RefusalLog {
  readonly #log: Log;
  readonly #line: string;
  readonly #counts = new Map<string, number>();
  #refusals = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(log: Log, line: string) {
    this.#log = log;
    this.#line = line;
  }

  note(address: string): void {
    this.#refusals += 1;
    if (this.#counts.size < ADDRESSES_MAX || this.#counts.has(address))
      this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
    if (!this.#timer) this.#write();
  }

  close(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }

  #write(): void {
    this.#timer = null;
    if (this.#refusals === 0) return;
    const most = [...this.#counts].toSorted(([, a], [, b]) => b - a).slice(0, ADDRESSES_SHOWN);
    const addresses = most.map(([address, count]) => ({ address, count }));
    this.#log.warn({ count: this.#refusals, clients: this.#counts.size, addresses }, this.#line);
    this.#refusals = 0;
    this.#counts.clear();
    this.#timer = setTimeout(() => this.#write(), REFUSALS_QUIET_MS).unref();
  }
}

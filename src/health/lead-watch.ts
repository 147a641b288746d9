import type { Log } from '../transact/log.ts';
import type { Leadership } from '../store/leadership.ts';

const CHECK_MS = 1_000;
/** A leader that ends hands over within a few seconds, so this long without one is a fault. */
const UNLED_MS_MAX = 30_000;

type Lead = Pick<Leadership, 'unledMs'>;

/** Warns once when no process has led the shop for a while, and reports when one leads again. */
export class LeadWatch {
  readonly #lead: Lead;
  readonly #log: Log;
  readonly #unledMsMax: number;
  #timer: NodeJS.Timeout | undefined;
  #isWarned = false;

  constructor(lead: Lead, log: Log, unledMsMax: number = UNLED_MS_MAX) {
    this.#lead = lead;
    this.#log = log;
    this.#unledMsMax = unledMsMax;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  check(): void {
    const { unledMs } = this.#lead;
    if (!this.#isWarned && unledMs >= this.#unledMsMax) {
      this.#isWarned = true;
      const line =
        'no process of this shop has led it: webhooks are not sent, expired carts and unpaid orders are not ended, and ' +
        'the ledger is not trimmed. Look for earlier lines about Redis, and for the lock leader:expiry in it';
      this.#log.warn({ unledSeconds: Math.round(unledMs / 1_000) }, line);
    } else if (this.#isWarned && unledMs === 0) {
      this.#isWarned = false;
      this.#log.info({}, 'a process leads this shop again');
    }
  }
}

import { type Log, OutageLog } from '../transact/log.ts';
import type { Leadership } from '../store/leadership.ts';

const LEAD_CHECK_MS = 1_000;
/** A new leader takes over within a few seconds, so this long without one is a fault. */
const UNLED_MS_MAX = 30_000;

const LEAD_LINES = {
  failed:
    'no process of this shop has led it: webhooks are not sent, expired carts and unpaid orders are not ended, and ' +
    'the ledger is not trimmed. Look for earlier lines about Redis, and for the lock leader:expiry in it',
  recovered: 'a process leads this shop again',
};

/** Warns once when no process has led the shop for a while, and reports when one leads again. */
export class LeadWatch {
  readonly #leadership: Pick<Leadership, 'unledMs'>;
  readonly #vacancy: OutageLog;
  readonly #unledMsMax: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(leadership: Pick<Leadership, 'unledMs'>, log: Log, unledMsMax: number = UNLED_MS_MAX) {
    this.#leadership = leadership;
    this.#vacancy = new OutageLog(log, LEAD_LINES);
    this.#unledMsMax = unledMsMax;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), LEAD_CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  check(): void {
    const { unledMs } = this.#leadership;
    const isVacant = this.#vacancy.isFailing() ? unledMs > 0 : unledMs >= this.#unledMsMax;
    this.#vacancy.note(isVacant, isVacant ? { unledSeconds: Math.round(unledMs / 1_000) } : {});
  }
}

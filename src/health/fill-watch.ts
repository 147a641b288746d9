import { type Log, OutageLog } from '../transact/log.ts';
import type { Store } from '../store/store.ts';

const FILL_CHECK_MS = 1_000;
/** An operator has to act from this level on, because a full store refuses every write. */
const WARN_PERCENT = 80;
const FULL_PERCENT = 90;
/** A store with this much room is not full: operators never need more, even if it is below 10 % of a large disk. */
const ROOM_BYTES_MAX = 1_073_741_824;

const NEARLY_FULL_LINES = {
  failed: 'the store is nearly full and will refuse writes: give it more room, or lower LEDGER_RETENTION_DAYS',
  recovered: 'the store has room again',
};
const FULL_LINES = {
  failed: 'the store is full, so writes of shoppers are refused: give it more room, or delete orders with orders.purge',
  recovered: 'the store accepts writes of shoppers again',
};

/**
 * Watches how full the store is: Redis relative to `maxmemory`, the embedded store relative to its disk. Warns once at
 * `WARN_PERCENT`, and reports when there is room again. From `fullPercent` on, `isFull` is true, and the rest of the
 * store is for operators. The server stays ready.
 */
export class FillWatch {
  readonly #store: Pick<Store, 'health'>;
  readonly #fullPercent: number;
  readonly #shortage: OutageLog;
  readonly #refusals: OutageLog;
  #timer: NodeJS.Timeout | undefined;
  /** 0 to 1; 0 if the store has no limit or does not report it. */
  ratio = 0;
  isFull = false;

  constructor(store: Pick<Store, 'health'>, log: Log, fullPercent: number = FULL_PERCENT) {
    this.#store = store;
    this.#fullPercent = fullPercent;
    this.#shortage = new OutageLog(log, NEARLY_FULL_LINES);
    this.#refusals = new OutageLog(log, FULL_LINES);
  }

  start(): void {
    void this.check();
    this.#timer = setInterval(() => void this.check(), FILL_CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. `Readiness` reports a store that does not answer. */
  async check(): Promise<void> {
    const health = await this.#store.health().catch(() => null);
    if (!health) return;
    const { filledPercent, availableBytes } = health.details;
    const percent = typeof filledPercent === 'number' ? filledPercent : 0;
    const isRoomy = typeof availableBytes === 'number' && availableBytes >= ROOM_BYTES_MAX;
    this.ratio = percent / 100;
    this.isFull = percent >= this.#fullPercent && !isRoomy;
    this.#shortage.note(percent >= WARN_PERCENT, { filledPercent });
    this.#refusals.note(this.isFull, { filledPercent });
  }
}

import { type Log, OutageLog } from '../transact/log.ts';
import type { Store } from '../store/store.ts';

const FILL_CHECK_MS = 60_000;
/** From this level on an operator has to act, because a full store refuses every write. */
const WARN_PERCENT = 80;

const FILL_LINES = {
  failed: 'the store is nearly full and will refuse writes: give it more room, or lower LEDGER_RETENTION_DAYS',
  recovered: 'the store has room again',
};

/**
 * Watches how full the store is: Redis relative to `maxmemory`, the embedded store relative to its disk. Warns once at
 * `WARN_PERCENT`, and reports when there is room again. A store that is nearly full still serves, so the server stays
 * ready.
 */
export class FillWatch {
  readonly #store: Pick<Store, 'health'>;
  readonly #shortage: OutageLog;
  #timer: NodeJS.Timeout | undefined;
  /** 0 to 1; 0 if the store has no limit or does not report it. */
  ratio = 0;

  constructor(store: Pick<Store, 'health'>, log: Log) {
    this.#store = store;
    this.#shortage = new OutageLog(log, FILL_LINES);
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
    const { filledPercent } = health.details;
    this.ratio = typeof filledPercent === 'number' ? filledPercent / 100 : 0;
    this.#shortage.note(this.ratio * 100 >= WARN_PERCENT, { filledPercent });
  }
}

import type { Log } from '../transact/log.ts';
import type { Store } from '../store/store.ts';

const CHECK_MS = 60_000;
/** From here on an operator has to act: a full store refuses every write. */
const WARN_PERCENT = 80;

/**
 * Watches how full the store is: of Redis its memory beside `maxmemory`, of the embedded store its disk. Warns once when
 * `WARN_PERCENT` is reached, and reports when there is room again. A store that is nearly full still serves, so it stays ready.
 */
export class FillWatch {
  readonly #store: Pick<Store, 'health'>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | null = null;
  #isWarned = false;
  /** 0 to 1; 0 where the store has no bound, or does not say. */
  ratio = 0;

  constructor(store: Pick<Store, 'health'>, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  start(): void {
    void this.check();
    this.#timer = setInterval(() => void this.check(), CHECK_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Never rejects: a store that does not answer is reported elsewhere. */
  async check(): Promise<void> {
    const health = await this.#store.health().catch(() => null);
    if (!health) return;
    const { filledPercent } = health.details;
    this.ratio = typeof filledPercent === 'number' ? filledPercent / 100 : 0;
    const isFilling = this.ratio * 100 >= WARN_PERCENT;
    if (isFilling === this.#isWarned) return;
    this.#isWarned = isFilling;
    if (isFilling) {
      const line = 'the store is nearly full and will refuse writes: give it more room, or lower LEDGER_RETENTION_DAYS';
      this.#log.warn({ filledPercent }, line);
    } else this.#log.info({ filledPercent }, 'the store has room again');
  }
}

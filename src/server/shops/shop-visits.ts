import type { Log } from '../../transact/log.ts';
import { pause } from '../../runtime/pause.ts';

/** Longer delays are shortened to this. The shop is then opened once although it has no due work yet. */
const WAKE_MS_MAX = 86_400_000;
/** How often a visit looks for room. */
const ROOM_CHECK_MS = 1_000;

export interface ShopVisitsOptions {
  /** Opens a shop, and keeps it open until `end` is called. Returns null if there is no room. */
  use: (shop: string) => { service: unknown; end: () => void } | null;
  log: Log;
}

/** Opens shops that have due work, one after the other: many of them may be due at the same time. */
export class ShopVisits {
  readonly #options: ShopVisitsOptions;
  readonly #waiting = new Set<string>();
  readonly #wakes = new Map<string, NodeJS.Timeout>();
  readonly #stopping = new AbortController();
  #isVisiting = false;

  constructor(options: ShopVisitsOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Queues a shop. It is opened once there is room, and may be closed when it is idle. A failure is logged. */
  visit(shop: string): void {
    this.#waiting.add(shop);
    if (!this.#isVisiting) void this.#visitAll();
  }

  visitIn(shop: string, delayMs: number): void {
    if (this.isStopped) return;
    const wake = (): void => {
      this.#wakes.delete(shop);
      this.visit(shop);
    };
    this.#wakes.set(shop, setTimeout(wake, Math.min(delayMs, WAKE_MS_MAX)).unref());
  }

  /** Must be called when a shop is opened: it does its due work from then on. */
  forget(shop: string): void {
    clearTimeout(this.#wakes.get(shop));
    this.#wakes.delete(shop);
    this.#waiting.delete(shop);
  }

  stop(): void {
    this.#stopping.abort();
    for (const timer of this.#wakes.values()) clearTimeout(timer);
  }

  async #visitAll(): Promise<void> {
    this.#isVisiting = true;
    // Shops that are added meanwhile have their turn too.
    for (const shop of this.#waiting) await this.#visitNow(shop);
    this.#isVisiting = false;
  }

  async #visitNow(shop: string): Promise<void> {
    const use = await this.#whenRoom(shop);
    this.#waiting.delete(shop);
    try {
      await use?.service;
    } catch (error) {
      this.#options.log.warn({ err: error, shop }, 'a shop with due work cannot be opened; it is tried again later');
    } finally {
      use?.end();
    }
  }

  /** Resolves with null if the visits have stopped, or if a call has opened the shop meanwhile. */
  async #whenRoom(shop: string): Promise<ReturnType<ShopVisitsOptions['use']>> {
    while (!this.isStopped && this.#waiting.has(shop)) {
      const use = this.#options.use(shop);
      if (use) return use;
      await pause(ROOM_CHECK_MS, this.#stopping.signal);
    }
    return null;
  }
}

import type { Log } from '../../transact/log.ts';
import { settled } from '../../transact/settled.ts';
import type { ShopService } from './shop-service.ts';
import { ShopVisits } from './shop-visits.ts';

/**
 * How often within the idle time idle shops are looked for. A shop is closed at most a quarter of the idle time late.
 */
const SWEEPS_PER_IDLE = 4;
/** An open shop knows after this time whether webhooks wait. Until then it is closed only if a call needs its room. */
const LOOK_MS = 1_000;

export interface OpenShopsOptions {
  /** The most shops that are open at the same time. */
  max: number;
  /** A shop without a call for this long is closed, unless it has something to do. */
  idleMs: number;
  /** Opens a shop and starts it. */
  open: (shop: string) => Promise<ShopService>;
  log: Log;
}

/** A shop that is open, or is being opened. */
interface OpenedShop {
  readonly shop: string;
  /** Null until it is open. */
  service: ShopService | null;
  readonly opened: Promise<ShopService>;
  /** It is never closed before the process ends. */
  readonly isPinned: boolean;
  inFlight: number;
  /** Called when no request is being answered any more. */
  onIdle: (() => void) | null;
  /** When it was open, by `performance.now`. */
  openedAt: number;
  /** When it was last used, by `performance.now`. */
  usedAt: number;
}

/**
 * The open shops of a process. A shop is opened for its first call. It is closed after a while without calls, and
 * opened again when it has due work, such as the end of a hold.
 */
export class OpenShops {
  readonly counts = { opened: 0, closed: 0 };
  readonly #options: OpenShopsOptions;
  /** By the time of the last use, the oldest first. */
  readonly #entries = new Map<string, OpenedShop>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #visits: ShopVisits;
  readonly #failed = new Set<string>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: OpenShopsOptions) {
    this.#options = options;
    this.#visits = new ShopVisits({ use: (shop) => this.#use(shop, LOOK_MS), log: options.log });
  }

  /** Adds a shop that is open, and stays open. Begins to close other shops when they are idle. */
  start(shop: string, service: ShopService): void {
    this.#entries.set(shop, {
      shop,
      service,
      opened: Promise.resolve(service),
      isPinned: true,
      inFlight: 0,
      onIdle: null,
      openedAt: 0,
      usedAt: 0,
    });
    this.#sweep = setInterval(() => this.#closeIdle(), this.#options.idleMs / SWEEPS_PER_IDLE);
    this.#sweep.unref();
  }

  /** The services that are open. */
  get open(): ShopService[] {
    return [...this.#entries.values()].flatMap(({ service }) => service ?? []);
  }

  /** Returns the number of a shop's requests that are being answered. */
  inFlightOf(shop: string): number {
    return this.#entries.get(shop)?.inFlight ?? 0;
  }

  /** The open shops of which requests are being answered, except for the one that stays open. */
  get inUse(): string[] {
    return [...this.#entries.values()].flatMap(({ shop, service, inFlight, isPinned }) =>
      service && inFlight > 0 && !isPinned ? shop : [],
    );
  }

  /** The shops whose last opening has failed. Each is tried again by its next call, and without one after a while. */
  get failed(): string[] {
    return [...this.#failed];
  }

  get isStopped(): boolean {
    return this.#visits.isStopped;
  }

  isOpen(shop: string): boolean {
    return this.#entries.has(shop);
  }

  /**
   * Returns an open shop, or a promise of it; null if as many shops as possible are open, and all of them are in use.
   * The promise rejects if the shop cannot be opened; the next call tries again.
   */
  use(shop: string): Use | null {
    return this.#use(shop, 0);
  }

  /**
   * Queues a shop for a visit. A visit opens the shop, which does its due work and is closed when it is idle. Without
   * room, or if the shop cannot be opened, the visit is repeated later. The due work is then late, but not lost.
   */
  visit(shop: string): void {
    this.#visits.visit(shop);
  }

  /** Closes a shop once its requests have been answered, such as one that was suspended. */
  async retire(shop: string): Promise<void> {
    const entry = this.#entries.get(shop);
    if (entry) await this.#close(entry);
  }

  /** Stops all shops except the one that stays open, and opens no further shops. */
  stop(): void {
    this.#visits.stop();
    clearInterval(this.#sweep);
    for (const { service, isPinned } of this.#entries.values()) if (!isPinned) service?.stop();
  }

  /** Closes the same shops. Must be called after `stop`. */
  async close(): Promise<void> {
    const open = [...this.#entries.values()].filter(({ isPinned }) => !isPinned);
    const closings = open.map(async ({ service, opened }) => {
      if (!service) (await opened).stop();
      await (await opened).close();
    });
    await Promise.allSettled([...closings, ...this.#closing.values()]);
  }

  /** Another shop is closed for this one only if it has been open for `openMs`. */
  #use(shop: string, openMs: number): Use | null {
    const known = this.#entries.get(shop);
    if (known) return this.#used(known);
    if (this.isStopped) return null;
    if (this.#entries.size >= this.#options.max && !this.#makeRoom(openMs)) return null;
    return this.#used(this.#begin(shop));
  }

  #begin(shop: string): OpenedShop {
    this.#visits.forget(shop);
    const entry: OpenedShop = {
      shop,
      service: null,
      opened: settled(this.#closing.get(shop) ?? Promise.resolve())
        .then(() => this.#options.open(shop))
        .then((service) => this.#ready(entry, service)),
      isPinned: false,
      inFlight: 0,
      onIdle: null,
      openedAt: 0,
      usedAt: performance.now(),
    };
    // Each caller that waits for the opening logs its error.
    entry.opened.catch(() => this.#noteFailed(entry));
    return entry;
  }

  #noteFailed(entry: OpenedShop): void {
    const { shop } = entry;
    // The shop may have been retired, and opened again, meanwhile.
    if ((this.#entries.get(shop) ?? entry) !== entry) return;
    this.#entries.delete(shop);
    this.#failed.add(shop);
    this.#visits.visitIn(shop, this.#options.idleMs);
  }

  #ready(entry: OpenedShop, service: ShopService): ShopService {
    entry.service = service;
    entry.openedAt = performance.now();
    this.#failed.delete(entry.shop);
    this.counts.opened += 1;
    return service;
  }

  #used(entry: OpenedShop): Use {
    entry.usedAt = performance.now();
    // The entry moves to the end.
    this.#entries.delete(entry.shop);
    this.#entries.set(entry.shop, entry);
    entry.inFlight += 1;
    let isEnded = false;
    const end = (): void => {
      if (isEnded) return;
      isEnded = true;
      entry.inFlight -= 1;
      if (entry.inFlight === 0) entry.onIdle?.();
    };
    return { service: entry.service ?? entry.opened, end };
  }

  #makeRoom(openMs: number): boolean {
    const idle = [...this.#entries.values()].find((entry) => isIdle(entry) && openForMs(entry) >= openMs);
    if (idle) void this.#close(idle);
    return idle !== undefined;
  }

  #closeIdle(): void {
    const before = performance.now() - this.#options.idleMs;
    for (const entry of this.#entries.values()) {
      if (entry.usedAt > before) break;
      if (isIdle(entry) && openForMs(entry) >= LOOK_MS) void this.#close(entry);
    }
  }

  #close(entry: OpenedShop): Promise<void> {
    const { shop } = entry;
    this.#entries.delete(shop);
    const closing = this.#closeNow(entry)
      .catch((error: unknown) => this.#options.log.warn({ err: error, shop }, 'closing a shop has failed'))
      .finally(() => {
        // The shop may have been opened and retired again meanwhile.
        if (this.#closing.get(shop) === closing) this.#closing.delete(shop);
      });
    this.#closing.set(shop, closing);
    return closing;
  }

  async #closeNow(entry: OpenedShop): Promise<void> {
    const { shop } = entry;
    const service = await entry.opened;
    const dueInMs = await this.#dueInMs(entry, service);
    service.stop();
    await answered(entry);
    await service.close();
    this.counts.closed += 1;
    if (dueInMs !== null) this.#visits.visitIn(shop, dueInMs);
  }

  /** Returns after how many milliseconds the shop has something to do; null: nothing is due. */
  async #dueInMs(entry: OpenedShop, service: ShopService): Promise<number | null> {
    const { idleMs } = this.#options;
    if (hasWebhooks(service)) return 0;
    // If the store does not answer, the shop may have due work.
    const dueInMs = await dueInMsOf(service).catch(() => idleMs);
    return openForMs(entry) < LOOK_MS ? Math.min(dueInMs ?? idleMs, idleMs) : dueInMs;
  }
}

/** A shop in use, until `end` is called. */
export interface Use {
  service: ShopService | Promise<ShopService>;
  end: () => void;
}

/** A shop with webhooks to deliver is not idle. */
function isIdle({ service, isPinned, inFlight }: OpenedShop): boolean {
  return service !== null && !isPinned && inFlight === 0 && !hasWebhooks(service);
}

function hasWebhooks({ holdfast }: ShopService): boolean {
  const { money, other } = holdfast.stats().webhooksOldestUndeliveredMs;
  return money + other > 0;
}

const openForMs = ({ openedAt }: OpenedShop): number => performance.now() - openedAt;

/** Resolves when no request of the shop is being answered. */
const answered = (entry: OpenedShop): Promise<void> =>
  new Promise((resolve) => {
    if (entry.inFlight === 0) resolve();
    else entry.onIdle = resolve;
  });

/** Returns after how many milliseconds something of the shop is due; null: nothing is. */
async function dueInMsOf({ holdfast: { store } }: ShopService): Promise<number | null> {
  const { at, nextDueAt } = await store.reclaim({ limit: 1 });
  return nextDueAt === null ? null : Math.max(0, nextDueAt - at);
}

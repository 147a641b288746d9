import type { ShopDirectory } from '../../api/callers/shop-directory.ts';
import { invalid, ok, refuse, type Result } from '../../contract/calls/call.ts';
import type { ShownShop } from '../../contract/outputs/shop-outputs.ts';
import { compareTexts } from '../../domain/skus.ts';
import type { ShopRegistry } from '../../shop/registry/registry-api.ts';
import { shopTag } from '../../transact/documents/ids.ts';
import type { OpenShops } from './open-shops.ts';

export interface ServedShopsOptions {
  /** The shop that has the registry. It is always served. */
  mainShop: string;
  /** The names in the configuration; null: all shops of the registry are served. */
  configured: readonly string[] | null;
  /** Called only while calls are answered. */
  registry: () => ShopRegistry;
  open: Pick<OpenShops, 'isOpen' | 'retire' | 'inUse' | 'failed'>;
}

/**
 * How often the shops with open streams, and those that failed to open, are checked, because another process may have
 * suspended them.
 */
const SUSPENSION_CHECK_MS = 1_000;

/** Which shops a process serves: those of its configuration, or all that operators have created. */
export class ServedShops implements ShopDirectory {
  readonly #options: ServedShopsOptions;
  readonly #configured: ReadonlySet<string> | null;
  readonly #tags: ReadonlyMap<string, string>;
  #check: NodeJS.Timeout | undefined;

  constructor(options: ServedShopsOptions) {
    this.#options = options;
    const { configured, mainShop } = options;
    this.#configured = configured && new Set(configured);
    this.#tags = new Map([mainShop, ...(configured ?? [])].map((shop) => [shopTag(shop), shop]));
  }

  /** Begins to end the streams of shops that other processes suspend. */
  start(): void {
    this.#check = setInterval(() => void this.#endSuspended(), SUSPENSION_CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#check);
  }

  /** Returns null if `find` may decide now, and otherwise a promise that never rejects. */
  prepare(shop: string): Promise<void> | null {
    return this.#isServed(shop) && shop !== this.#options.mainShop ? this.#registry.prepare(shop) : null;
  }

  /** Like `prepare`, for the tag of a key or session. Must be called before `shopOfTag`. */
  prepareTag(tag: string): Promise<void> | null {
    return this.#configured === null ? this.#registry.prepareTag(tag) : null;
  }

  /** Returns a shop that the process serves; null for any other name. */
  find(shop: string): ShownShop | null {
    if (!this.#isServed(shop)) return null;
    const known = this.#registry.find(shop);
    if (known) return known;
    return this.#isNamed(shop) ? { shop, status: 'active' } : null;
  }

  readonly isActive = (shop: string): boolean => this.find(shop)?.status === 'active';

  /** Whether a shop that is not found may be served, because the registry cannot be read. */
  get isUncertain(): boolean {
    return this.#configured === null && this.#registry.isUncertain;
  }

  readonly shopOfTag = (tag: string): string | null => this.#tags.get(tag) ?? this.#registry.shopOfTag(tag);

  readonly create: ShopDirectory['create'] = async (input, call) =>
    this.#configured ? refuse({ reason: 'shops_fixed', meta: {} }) : this.#registry.create(input, call);

  readonly suspend: ShopDirectory['suspend'] = async (input, call) => {
    const { mainShop, open } = this.#options;
    if (input.shop === mainShop) return invalid('shop', 'has the registry of all shops, and cannot be suspended');
    await this.#register(input.shop, call);
    const suspended = await this.#registry.suspend(input, call);
    if (suspended.ok) void open.retire(input.shop);
    return suspended;
  };

  readonly resume: ShopDirectory['resume'] = (input, call) => this.#registry.resume(input, call);

  readonly list: ShopDirectory['list'] = async () => {
    const { open, mainShop, configured } = this.#options;
    const listed = await this.#registry.list({});
    if (!listed.ok) return listed;
    const known = new Map(listed.value.items.map((shown) => [shown.shop, shown]));
    const names = new Set([mainShop, ...(configured ?? known.keys())]);
    const items = [...names].sort(compareTexts).map((shop) => ({
      ...(known.get(shop) ?? { shop, status: 'active' as const }),
      isOpen: shop === mainShop || open.isOpen(shop),
    }));
    return ok({ items });
  };

  async #endSuspended(): Promise<void> {
    const { open } = this.#options;
    for (const shop of open.failed) await this.#registry.prepare(shop);
    for (const shop of open.inUse) {
      await this.#registry.prepare(shop);
      if (this.find(shop)?.status === 'suspended') void open.retire(shop);
    }
  }

  /** Creates the entry in the registry of a shop of the configuration, before its status changes for the first time. */
  async #register(shop: string, call: Parameters<ShopDirectory['create']>[1]): Promise<Result<ShownShop> | null> {
    await this.#registry.prepare(shop);
    if (!this.#isNamed(shop) || this.#registry.find(shop)) return null;
    return this.#registry.create({ shop }, { caller: call.caller });
  }

  get #registry(): ShopRegistry {
    return this.#options.registry();
  }

  #isServed(shop: string): boolean {
    return this.#configured === null || this.#isNamed(shop);
  }

  #isNamed(shop: string): boolean {
    return shop === this.#options.mainShop || (this.#configured?.has(shop) ?? false);
  }
}

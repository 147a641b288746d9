import { createHoldfast, type HoldfastOptions, type Holdfast } from '../../src/shop/holdfast.ts';
import type { Call, Refusal, Result } from '../../src/contract/calls/call.ts';
import type { Audit } from '../../src/contract/outputs/admin-outputs.ts';
import type { Money } from '../../src/contract/output-fields.ts';
import type { Settings } from '../../src/contract/settings.ts';
import type { Store } from '../../src/store/store.ts';
import type { Clock, Engine, Opened } from './engines.ts';
import { START } from './transactions.ts';

export const OPERATOR: Call = {
  caller: { kind: 'operator', principal: 'operator', cartId: null, customer: null },
};

/** A shopper's calls: without a key, or with `key`. */
export function shopper(name: string, customer: string | null = null): (key?: string) => Call {
  const caller = { kind: 'session', principal: `hash-of-${name}`, cartId: `crt_${name}`, customer } as const;
  return (key) => (key === undefined ? { caller } : { caller, idempotencyKey: key });
}

/** Returns the value of a successful answer. Throws for a refusal. */
export function yes<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
}

/** Returns the refusal of a refused answer. Throws for a success. */
export function no(result: Result<unknown>): Refusal {
  if (!result.ok) return result.refusal;
  throw new Error(`not refused: ${JSON.stringify(result.value)}`);
}

/** The result of a shop's audit. */
export const audited = async (holdfast: Pick<Holdfast, 'audit'>): Promise<Audit> => yes(await holdfast.audit());

export interface Supply {
  units?: number;
  unitPrice?: Money;
  safetyStock?: number;
  limitPerCustomer?: number;
  holdUnitsMax?: number;
  requiresCustomer?: boolean;
  protected?: boolean;
  backorderLimit?: number;
  shipsAt?: number;
}

/** Most tests are about what happens up to the sale, and read the units on hand. */
const soldAtOnce = ({ settings }: Partial<HoldfastOptions>): Partial<Settings> => ({ sellAt: 'sale', ...settings });

/** The services over a new shop, and the reads that tests use often. */
export class Shop implements AsyncDisposable {
  readonly clock: Clock;
  readonly holdfast: Holdfast;
  readonly #opened: Opened;
  readonly #others: Holdfast[] = [];

  constructor(clock: Clock, opened: Opened, options: Partial<HoldfastOptions>) {
    this.clock = clock;
    this.#opened = opened;
    this.holdfast = createHoldfast({ store: opened.store, ...options, settings: soldAtOnce(options) });
  }

  get store(): Store {
    return this.#opened.store;
  }

  /**
   * The services of another process on the same shop: with another handle where the engine supports several, else the
   * same.
   */
  async another(engine: Engine, options: Partial<HoldfastOptions> = {}): Promise<Holdfast> {
    const store = engine.multiProcess ? await this.#opened.another() : this.store;
    const other = createHoldfast({ store, ...options, settings: soldAtOnce(options) });
    this.#others.push(other);
    return other;
  }

  async supply(sku: string, { units = 0, ...definition }: Supply = {}): Promise<void> {
    const { stock } = this.holdfast;
    yes(await stock.define({ sku, ...definition }, OPERATOR));
    if (units > 0) yes(await stock.receive({ sku, quantity: units }, OPERATOR));
  }

  /** `[on hand, reserved, available]`. */
  async units(sku: string): Promise<[number, number, number]> {
    const { onHand, reserved, available } = yes(await this.holdfast.stock.level({ sku }));
    return [onHand, reserved, available];
  }

  async sold(sku: string): Promise<number> {
    const [record] = (await this.store.read([{ skus: [sku] }]))[0]?.stock ?? [];
    return record?.sold ?? 0;
  }

  async soundAudit(): Promise<Audit> {
    const audit = await audited(this.holdfast);
    if (!audit.ok) throw new Error(`the audit found ${JSON.stringify(audit.violations, null, 1)}`);
    return audit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const other of this.#others) await other.close();
    await this.holdfast.close();
    await this.#opened[Symbol.asyncDispose]();
  }
}

/** Opens a new shop at `START`. Expiry is not started, so that time passes only where a test moves it. */
export const openShopWith = (engine: Engine, options: Partial<HoldfastOptions> = {}): Promise<Shop> =>
  openShopAt({ now: START }, engine, options);

/** A clock that stops until it is started, and then keeps real time: the preparation of a test takes none of it. */
export class StandingClock implements Clock {
  #goneAt: number | null = null;

  get now(): number {
    return START + (this.#goneAt === null ? 0 : Math.floor(performance.now() - this.#goneAt));
  }

  go(): void {
    this.#goneAt = performance.now();
  }
}

/** Opens a new shop in real time. */
export const openShopNow = (engine: Engine, options: Partial<HoldfastOptions> = {}): Promise<Shop> => {
  const clock = {
    get now() {
      return Date.now();
    },
  };
  return openShopAt(clock, engine, options);
};

/** Opens a new shop with the test's own clock. */
export const openShopAt = async (clock: Clock, engine: Engine, options: Partial<HoldfastOptions>): Promise<Shop> =>
  new Shop(clock, await engine.open(clock), options);

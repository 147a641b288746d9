import { crowd } from './crowd.ts';
import { type HttpCaller, must } from './http-caller.ts';
import { poll } from './poll.ts';
import { insist, type Visit, visit } from './shopper.ts';

const SHOPPERS = 24;
const PLANS = 50;
const PROGRESS_MS_MAX = 120_000;

export interface TrafficOptions {
  name: string;
  stock: Readonly<Record<string, number>>;
  /** The server that this shopper calls now. */
  shop: (shopper: number) => HttpCaller | Promise<HttpCaller>;
}

/**
 * Shoppers who come without a pause, and a supplier who delivers single units, until `stop`. Everybody repeats a call
 * with its key until it is answered. What they have received is the book that the shop must agree with.
 */
export class Traffic {
  readonly visits: Visit[] = [];
  readonly #options: TrafficOptions;
  readonly #supplied = new Map<string, number>();
  readonly #working: Promise<unknown>;
  #orders = 0;
  #isOver = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const shoppers = Array.from({ length: SHOPPERS }, (_, shopper) => this.#buy(shopper));
    this.#working = Promise.all([...shoppers, this.#supply()]);
    // A failure is reported by `more` and by `stop`.
    this.#working.catch(() => undefined);
  }

  /** Units of each SKU that came in, as far as that was acknowledged. */
  get stock(): Record<string, number> {
    const added = (sku: string) => this.#supplied.get(sku) ?? 0;
    return Object.fromEntries(Object.entries(this.#options.stock).map(([sku, units]) => [sku, units + added(sku)]));
  }

  /** Calls that were repeated because their first answer was lost or unknown. */
  get repeated(): number {
    return this.visits.reduce((sum, { asked }) => sum + asked, 0);
  }

  /** Resolves when this many further orders were acknowledged. Rejects if a call had an answer that is not allowed. */
  async more(orders: number): Promise<void> {
    const goal = this.#orders + orders;
    const reached = poll(() => this.#orders >= goal || this.#isOver, {
      timeoutMs: PROGRESS_MS_MAX,
      describe: () => `${this.#orders} orders, not ${goal}`,
    });
    await Promise.race([reached, this.#working]);
  }

  /** Resolves when every call that is under way is answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async #buy(shopper: number): Promise<void> {
    const { name, stock, shop } = this.#options;
    for (let wave = 0; ; wave += 1) {
      const plans = crowd({
        name: `${name}-${shopper}-${wave}`,
        shoppers: PLANS,
        skus: Object.keys(stock),
        emptiesEvery: 20,
      });
      for (const plan of plans) {
        if (this.#isOver) return;
        const done = await visit(plan, async () => shop(shopper));
        this.visits.push(done);
        if (done.order) this.#orders += 1;
      }
    }
  }

  async #supply(): Promise<void> {
    const { name, stock, shop } = this.#options;
    const skus = Object.keys(stock);
    for (let delivery = 0; !this.#isOver; delivery += 1) {
      const sku = skus[delivery % skus.length] ?? '';
      const input = { sku, quantity: 1, idempotencyKey: `${name}-delivery-${delivery}` };
      const session = `${name}-supplier`;
      const { answer } = await insist(
        async () => shop(0),
        session,
        (caller) => caller.asOperator().mutate('stock.receive', input),
      );
      must(answer);
      this.#supplied.set(sku, (this.#supplied.get(sku) ?? 0) + 1);
    }
  }
}

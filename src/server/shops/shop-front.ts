import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { OVERLOADED, ShedAnswer } from '../../http/admission/shed-answer.ts';
import { CallCounts } from '../../http/limits/call-counts.ts';
import { callsOf } from '../../http/limits/rate-class.ts';
import { isOfProcess, METRICS_PATH } from '../../http/listener/process-paths.ts';
import type { CallLog } from '../../http/listener/call-log.ts';
import { type Handle, type HttpAnswer, pathOf } from '../../http/listener/http-server.ts';
import { normalTarget } from '../../http/served-target.ts';
import type { Log } from '../../transact/log.ts';
import type { ShopService } from './shop-service.ts';
import type { OpenShops, Use } from './open-shops.ts';
import type { ShopChoice, ShopChoices } from './shop-choice.ts';
import type { ServedShops } from './served-shops.ts';

export interface ShopFrontOptions {
  /** The shop that answers the paths of the process. It is always open. */
  mainShop: string;
  choices: ShopChoices;
  served: Pick<ServedShops, 'find' | 'prepare' | 'prepareTag' | 'isUncertain'>;
  open: Pick<OpenShops, 'use'>;
  corsOrigins: readonly string[];
  /** The most calls per minute of one shop; undefined: no bound. */
  callsMax: number | undefined;
  /** Gets each request that does not reach its shop. */
  callLog: Pick<CallLog, 'noteShed'>;
  log: Log;
}

const STORE_UNAVAILABLE: WireRefusal = { reason: 'store_unavailable', meta: {} };

/** Passes each request to its shop, which is opened if it is not open. */
export class ShopFront {
  readonly counts = { limited: 0 };
  readonly #options: ShopFrontOptions;
  readonly #refusals: ShedAnswer;
  readonly #rates: CallCounts | null;
  /** The shop that answers each request in flight. */
  readonly #uses = new WeakMap<IncomingMessage, Use>();

  constructor(options: ShopFrontOptions) {
    this.#options = options;
    this.#refusals = new ShedAnswer(options.corsOrigins);
    this.#rates = options.callsMax === undefined ? null : new CallCounts({ class: 'shop', limit: options.callsMax });
  }

  readonly handle: Handle = (incoming, outgoing, requestId) => {
    const { choices, served } = this.#options;
    const path = processPathOf(incoming);
    const choose = path === null ? choices.ofRequest : choices.ofKey;
    const enter = (choice: ShopChoice): unknown => {
      const arrived = { shop: choice.shop, incoming, outgoing, requestId };
      return path === null ? this.#enterShop(choice, arrived) : this.#enterProcess(path, arrived);
    };
    const choice = choose(incoming);
    const prepare = (): Promise<void> | null => (isOfAnyShop(path) ? null : served.prepare(choice.shop));
    const reading = choice.unknownTag === null ? prepare() : served.prepareTag(choice.unknownTag);
    return reading ? reading.then(() => enter(choose(incoming))) : enter(choice);
  };

  /** Must be called with each answer. */
  readonly observe = (answer: HttpAnswer, incoming: IncomingMessage): void => {
    const use = this.#uses.get(incoming);
    use?.end();
    if (use && !(use.service instanceof Promise)) use.service.observe(answer);
  };

  /**
   * Passes a request for a path of the process to `mainShop`, or one for metrics with the key of another shop to that
   * shop. It is never refused because of the status or the calls of a shop.
   */
  #enterProcess(path: string, arrived: Arrived): unknown {
    const { mainShop, served } = this.#options;
    const { shop, incoming } = arrived;
    if (shop === mainShop) return this.#pass(arrived);
    if (path === METRICS_PATH && served.find(shop)?.status === 'active') return this.#pass(arrived);
    // `mainShop` would count the valid key of another shop as a wrong one, and refuse its sender after some of them.
    delete incoming.headers.authorization;
    return this.#pass({ ...arrived, shop: mainShop });
  }

  #enterShop(choice: ShopChoice, arrived: Arrived): unknown {
    const refusal = this.#refusalOf(choice, arrived.incoming);
    return refusal ? this.#refuse(arrived, refusal) : this.#pass(arrived);
  }

  #pass(arrived: Arrived): unknown {
    const { shop, incoming, outgoing, requestId } = arrived;
    const use = this.#options.open.use(shop);
    if (!use) return this.#refuse(arrived, OVERLOADED);
    this.#uses.set(incoming, use);
    // The connection may have closed while the shop was read.
    if (outgoing.closed) use.end();
    if (!(use.service instanceof Promise)) return use.service.handle(incoming, outgoing, requestId);
    return this.#enterOpening(use.service, use, arrived);
  }

  async #enterOpening(
    opening: Promise<ShopService>,
    use: Use,
    { shop, incoming, outgoing, requestId }: Arrived,
  ): Promise<unknown> {
    try {
      use.service = await opening;
    } catch (error) {
      this.#options.log.error({ err: error, shop, requestId }, 'a shop cannot be opened');
      return this.#refuse({ shop, incoming, outgoing, requestId }, STORE_UNAVAILABLE);
    }
    return use.service.handle(incoming, outgoing, requestId);
  }

  #refuse({ shop, incoming, outgoing, requestId }: Arrived, refusal: WireRefusal): void {
    this.#options.callLog.noteShed(incoming, requestId, refusal.reason, nameIn(shop));
    this.#refusals.send(incoming, outgoing, requestId, refusal);
  }

  /** Returns the refusal of a request whose shop is not served, or has used up its calls; null for any other. */
  #refusalOf({ shop, unknownTag }: ShopChoice, incoming: IncomingMessage): WireRefusal | null {
    const { served } = this.#options;
    if (unknownTag !== null && served.isUncertain) return STORE_UNAVAILABLE;
    const found = served.find(shop);
    if (!found)
      return served.isUncertain ? STORE_UNAVAILABLE : { reason: 'unknown_shop', meta: { shop: nameIn(shop) } };
    if (found.status === 'suspended') return { reason: 'shop_suspended', meta: { shop } };
    const retryAfterMs = this.#rates?.take(shop, callsOf(incoming)).retryAfterMs ?? null;
    if (retryAfterMs === null) return null;
    this.counts.limited += 1;
    return { reason: 'rate_limited', meta: { retryAfterMs: Math.ceil(retryAfterMs) } };
  }
}

/** Returns the path of a request, if it belongs to the process; null for any other. */
function processPathOf({ url = '' }: IncomingMessage): string | null {
  const target = normalTarget(url);
  return target !== null && isOfProcess(target) ? pathOf(target) : null;
}

/** Whether the answer does not depend on the shop of the key, so that a health check does not wait for a read of it. */
const isOfAnyShop = (path: string | null): boolean => path !== null && path !== METRICS_PATH;

/** The name of a shop as a client gave it, of any length. */
const nameIn = (shop: string): string => shop.slice(0, 64);

interface Arrived {
  shop: string;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  requestId: string;
}

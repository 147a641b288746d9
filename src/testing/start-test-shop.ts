import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLibraryHoldfast } from '../api/library/library-engine.ts';
import { sessionCaller } from '../api/callers/session-caller.ts';
import { createHoldfastClient, type HoldfastClient } from '../client/client.ts';
import { AS_OPERATOR } from '../contract/calls/access-key.ts';
import type { Call, Result } from '../contract/calls/call.ts';
import type { DefineInput } from '../contract/inputs/inputs.ts';
import type { Settings } from '../contract/settings.ts';
import { openMemoryStore } from '../server/compose.ts';
import { createHoldfastHandler, type HoldfastHandler } from '../server/handler/handler.ts';
import type { HandlerOptions } from '../server/handler/handler-options.ts';
import { toNodeListener } from '../server/handler/node-listener.ts';
import type { Holdfast, HoldfastOptions } from '../shop/holdfast.ts';
import { MovableClock } from '../store/time/movable-clock.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

export type { TestClock };

/** A SKU of a test's shop: the input of `stock.define`, and its units on hand. */
export interface TestSku extends Omit<DefineInput, 'sku' | 'reason' | 'idempotencyKey'> {
  /** Default 0. */
  onHand?: number;
}

export interface TestShopOptions extends Pick<HoldfastOptions, 'admit' | 'webhooks' | 'log'> {
  /** Units on hand by SKU, such as `{ 'TSHIRT-M': 5 }`, or more about each SKU. */
  skus?: Readonly<Record<string, number | TestSku>>;
  /** Default: those of the library, without its cache of availability. */
  settings?: Partial<Settings>;
  /** Epoch milliseconds at which the clock begins. Default: now. */
  startAt?: number;
  /** Options of the handler. Default: the operator key of the shop, and no rate limits. */
  handler?: HandlerOptions;
}

export interface TestShop extends AsyncDisposable {
  readonly holdfast: Holdfast;
  readonly clock: TestClock;
  /** Answers requests like a server; `url` is their origin. */
  readonly handler: HoldfastHandler;
  /** An origin that only `fetch` of this shop knows. */
  readonly url: string;
  /** Passes a request to the handler. It fits where a `fetch` is expected. */
  readonly fetch: typeof globalThis.fetch;
  readonly operatorKey: string;
  /** A client of the operator, without a network. */
  readonly operator: HoldfastClient;
  /** The client of a shopper, without a network. */
  readonly client: HoldfastClient;
  /** Returns the client of another shopper. A session id has 8 to 128 of `A-Za-z0-9_.-`. */
  clientOf(sessionId: string): HoldfastClient;
  /** The call of the operator, for the services of `holdfast`. */
  readonly asOperator: Call;
  /** Returns the call of a shopper, for the services of `holdfast`. */
  as(sessionId: string, holder?: { customerId?: string }): Call;
  /** Listens on a free port of this machine until `close`. Resolves with the URL, always the same one. */
  listen(): Promise<string>;
  /** Idempotent. */
  close(): Promise<void>;
}

const URL_OF_SHOP = 'http://shop.test';
const OPERATOR_KEY = 'operator-key-of-the-test-shop';
const SESSION = 'session-of-the-test-shop';

/**
 * Starts a shop in memory for one test, with a clock that stands still. Rejects with an `Error` for a SKU that the shop
 * refuses, and with `TypeError` for wrong options.
 */
export async function startTestShop(options: TestShopOptions = {}): Promise<TestShop> {
  const { skus = {}, settings, startAt, handler: handlerOptions, ...more } = options;
  const movable = new MovableClock(startAt === undefined ? {} : { startAt });
  const store = openMemoryStore({ shop: 'test', clock: movable.now });
  const holdfast = createLibraryHoldfast({ ...more, store, now: movable.now, settings: { cacheMs: 0, ...settings } });
  const operatorKey = handlerOptions?.operatorKey ?? OPERATOR_KEY;
  const handler = createHoldfastHandler(holdfast, {
    rateLimits: 'off',
    production: false,
    startExpiry: false,
    ...handlerOptions,
    operatorKey,
  });
  const listener = new TestListener(handler);
  const close = async (): Promise<void> => {
    await listener.close();
    await holdfast.close();
    await store.close();
  };
  try {
    for (const [sku, given] of Object.entries(skus)) await addTestSku(holdfast, sku, given);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    holdfast,
    handler,
    operatorKey,
    clock: createTestClock({ clock: movable, holdfast, sendsWebhooks: more.webhooks !== undefined }),
    ...testClients(handler, operatorKey, handlerOptions?.basePath),
    asOperator: AS_OPERATOR,
    as: (sessionId, holder) => ({ caller: sessionCaller(sessionId, holder) }),
    listen: () => listener.listen(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function addTestSku(holdfast: Holdfast, sku: string, given: number | TestSku): Promise<void> {
  const { onHand = 0, ...more } = typeof given === 'number' ? { onHand: given } : given;
  expectOk(await holdfast.stock.define({ sku, ...more }, AS_OPERATOR), sku);
  if (onHand !== 0) expectOk(await holdfast.stock.receive({ sku, quantity: onHand }, AS_OPERATOR), sku);
}

function expectOk(result: Result<unknown>, sku: string): void {
  if (!result.ok) throw new Error(`the SKU ${JSON.stringify(sku)} is refused: ${JSON.stringify(result.refusal)}`);
}

/** Returns functions that call the handler without a network. Clients do not retry, because the clock stands still. */
function testClients(handler: HoldfastHandler, operatorKey: string, basePath = '') {
  const url = URL_OF_SHOP + basePath;
  const fetch: typeof globalThis.fetch = async (input, init) => handler(new Request(input, init));
  const own = { url, fetch, retry: false } as const;
  const clientOf = (sessionId: string): HoldfastClient => createHoldfastClient({ ...own, sessionId });
  return {
    url,
    fetch,
    operator: createHoldfastClient({ ...own, operatorKey }),
    client: clientOf(SESSION),
    clientOf,
  };
}

/** The HTTP server of a test's shop. It starts when the test calls `listen`. */
class TestListener {
  readonly #handler: HoldfastHandler;
  #server: Server | null = null;
  #url: Promise<string> | null = null;

  constructor(handler: HoldfastHandler) {
    this.#handler = handler;
  }

  listen(): Promise<string> {
    const server = createServer(toNodeListener(this.#handler));
    this.#url ??= new Promise((resolve, reject) => {
      this.#server = server;
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    });
    return this.#url;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
}

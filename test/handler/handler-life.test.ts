import { describe, expect, test } from 'vitest';
import { createHoldfastHandler, OPERATOR } from '../../src/index.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type Hooks, hookedStore } from '../support/hooked-store.ts';
import { type HandlerShop, openHandlerShop, ORIGIN } from '../support/handler-shop.ts';
import { headersOf, OPERATOR_KEY } from '../support/shop-server.ts';
import { poll } from '../support/poll.ts';
import { yes } from '../support/shop.ts';
import { watchPath } from '../support/watcher.ts';

const AS_OPERATOR = { caller: OPERATOR };
const SESSION = { 'x-session-id': 'shopper-of-the-test' };
const addCup = (): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...SESSION },
  body: JSON.stringify({ json: { sku: 'cup', quantity: 1 } }),
});

async function withCups({ holdfast }: HandlerShop, quantity = 5): Promise<void> {
  yes(await holdfast.stock.define({ sku: 'cup' }, AS_OPERATOR));
  yes(await holdfast.stock.receive({ sku: 'cup', quantity }, AS_OPERATOR));
}

/** A promise, and the function that resolves it. */
function event(): { happened: Promise<void>; happen: () => void } {
  let happen = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}

/** A shop whose next batch waits until the test lets it go. */
async function openSlowShop() {
  const [gate, begun] = [event(), event()];
  const hooks: Hooks = {};
  const shop = openHandlerShop({}, { store: hookedStore(openMemoryStore({ shop: 'main' }), hooks) });
  await withCups(shop);
  hooks.beforeApply = () => {
    begun.happen();
    return gate.happened;
  };
  return { shop, begun: begun.happened, letGo: gate.happen };
}

/** Reads until the text has come, and returns what it has read. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
  let read = '';
  while (!read.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream has ended after ${read}`);
    read += Buffer.from(value).toString();
  }
  return read;
}

async function watched(shop: HandlerShop, init: RequestInit = {}, from = shop.handler) {
  const response = await from(new Request(ORIGIN + watchPath(['cup']), init));
  const reader = response.body?.getReader();
  if (!reader) throw new Error('the subscription has no body');
  await readUntil(reader, '"available":5');
  return { response, reader };
}

const watchers = (shop: HandlerShop) => (): boolean => shop.holdfast.watch.counts.watchSubscribers === 0;

describe('a subscription', () => {
  test('sends each change, and ends when its reader cancels', async () => {
    await using shop = openHandlerShop();
    await withCups(shop);
    const { response, reader } = await watched(shop);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.has('connection')).toBe(false);
    expect((await shop.fetch('/trpc/cart.add', addCup())).status).toBe(200);
    await readUntil(reader, '"available":4');
    expect(shop.holdfast.watch.counts.watchSubscribers).toBe(1);
    await reader.cancel();
    await poll(watchers(shop));
  });

  test('ends when its request is aborted', async () => {
    await using shop = openHandlerShop();
    await withCups(shop);
    const abort = new AbortController();
    const { reader } = await watched(shop, { signal: abort.signal });
    abort.abort();
    expect(await reader.read()).toMatchObject({ done: true });
    await poll(watchers(shop));
  });

  test('ends when the shop is closed, and the stream is complete', async () => {
    const shop = openHandlerShop();
    await withCups(shop);
    const { reader } = await watched(shop);
    await shop[Symbol.asyncDispose]();
    expect(await reader.read()).toMatchObject({ done: true });
  });

  test('skips states while its reader does not read, and sends the last one', async () => {
    await using shop = openHandlerShop();
    await withCups(shop);
    const { reader } = await watched(shop);
    for (let n = 0; n < 200; n += 1) yes(await shop.holdfast.stock.receive({ sku: 'cup', quantity: 1 }, AS_OPERATOR));
    expect((await readUntil(reader, '"available":205')).split('data:').length).toBeLessThan(100);
  });
});

describe('a request that is aborted', () => {
  test('before it begins has no effect', async () => {
    await using shop = openHandlerShop();
    await withCups(shop);
    const response = await shop.fetch('/trpc/cart.add', { ...addCup(), signal: AbortSignal.abort() });
    expect(response.status).toBe(499);
    expect(yes(await shop.holdfast.stock.level({ sku: 'cup' })).reserved).toBe(0);
  });

  test('while it runs is answered at once, and the shop goes on', async () => {
    const { shop, begun, letGo } = await openSlowShop();
    const abort = new AbortController();
    const answered = shop.fetch('/trpc/cart.add', { ...addCup(), signal: abort.signal });
    await begun;
    abort.abort();
    expect((await answered).status).toBe(499);
    letGo();
    await poll(async () => yes(await shop.holdfast.stock.level({ sku: 'cup' })).reserved === 1);
    await shop[Symbol.asyncDispose]();
  });
});

describe('close', () => {
  test('answers calls in flight, and refuses later ones as unavailable', async () => {
    const { shop, begun, letGo } = await openSlowShop();
    const inFlight = shop.fetch('/trpc/cart.add', addCup());
    await begun;
    const closed = shop.holdfast.close();
    for (const path of ['/trpc/cart.add', '/api/v1/cart', '/health/ready']) {
      const late = await shop.fetch(path, path === '/trpc/cart.add' ? addCup() : {});
      expect({ status: late.status, retryAfter: late.headers.get('retry-after') }).toEqual({
        status: 503,
        retryAfter: '2',
      });
      expect(await late.text()).toContain('"reason":"store_unavailable"');
    }
    letGo();
    expect((await inFlight).status).toBe(200);
    await closed;
    expect((await shop.fetch('/trpc/cart.add', addCup())).status).toBe(503);
    expect((await createHoldfastHandler(shop.holdfast)(new Request(ORIGIN))).status).toBe(503);
  });

  test('of one handler leaves the shop and its other handler open', async () => {
    await using shop = openHandlerShop();
    await withCups(shop);
    const other = createHoldfastHandler(shop.holdfast, { basePath: '/other' });
    const { reader } = await watched(shop);
    await shop.handler.close();
    expect(await reader.read()).toMatchObject({ done: true });
    expect((await shop.fetch('/health/live')).status).toBe(503);
    expect((await other(new Request(`${ORIGIN}/other/trpc/cart.add`, addCup()))).status).toBe(200);
    expect(yes(await shop.holdfast.stock.level({ sku: 'cup' })).reserved).toBe(1);
  });
});

test('leaves the global Request and Response alone', async () => {
  const before = [globalThis.Request, globalThis.Response];
  await using shop = openHandlerShop();
  expect(await shop.fetch('/health/live')).toBeInstanceOf(Response);
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
});

test('an export that is aborted does not look complete', async () => {
  await using shop = openHandlerShop({ operatorKey: OPERATOR_KEY });
  const defineMany = (from: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: 500 }, (_, n) => shop.holdfast.stock.define({ sku: `sku-${from + n}` }, AS_OPERATOR)),
    );
  for (let from = 0; from < 3_000; from += 500) await defineMany(from);
  const abort = new AbortController();
  const headers = headersOf({ operator: true });
  const response = await shop.fetch('/api/v1/stock/export?format=csv', { headers, signal: abort.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  abort.abort();
  const readAll = async (): Promise<void> => {
    for (;;) if ((await reader?.read())?.done !== false) return;
  };
  await expect(readAll()).rejects.toThrow('the answer was cut off');
});

test('a body that is refused is not cancelled, because its source would reset the connection', async () => {
  await using shop = openHandlerShop();
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(Buffer.alloc(65_536, ' ')),
    cancel: () => {
      cancelled = true;
    },
  });
  const headers = { 'content-type': 'application/json', ...SESSION };
  const refused = await shop.fetch('/trpc/cart.add', { method: 'POST', headers, body, duplex: 'half' });
  expect([refused.status, cancelled]).toEqual([413, false]);
});

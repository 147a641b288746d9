import { EventSource } from 'eventsource';
import { createServer, request, type RequestListener, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { createHoldfastClient, isRefusal, type Outputs } from '../../src/client/client.ts';
import { Sessions } from '../../src/api/callers/sessions.ts';
import { Clients } from '../../src/http/listener/clients.ts';
import { watchFirst } from '../../src/http/routes/watch-route.ts';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { SILENT } from '../../src/transact/log.ts';
import { Reclaimer } from '../../src/transact/reclaimer.ts';
import { ShopLocations } from '../../src/shop/location/shop-locations.ts';
import { type Read, StockReader } from '../../src/shop/stock/units/stock-reader.ts';
import { StockWatch } from '../../src/shop/watch/stock-watch.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { poll } from '../support/poll.ts';
import { OPERATOR_KEY, queryPath, type ShopServer, startShop } from '../support/shop-server.ts';
import { fault, openFaultyStore } from '../support/faulty-store.ts';
import { tempDir } from '../support/temp-dir.ts';
import { receive, transaction } from '../support/transactions.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { watch, watchPath } from '../support/watcher.ts';

const operator = { operator: true };

const supply = async (shop: ShopServer, sku: string, quantity: number): Promise<void> => {
  await shop.mutate('stock.define', { sku }, operator);
  await shop.mutate('stock.receive', { sku, quantity }, operator);
};

const call = { caller: { kind: 'operator', principal: 'operator', cartId: null, customer: null } } as const;

const closing = (holdfast: Holdfast): Holdfast & AsyncDisposable => ({
  ...holdfast,
  [Symbol.asyncDispose]: () => holdfast.close(),
});

function readerOf(store: Store): { read: Read; reader: StockReader; locations: ShopLocations } {
  const read: Read = async (asked) => (await store.read([asked]))[0]!;
  const locations = new ShopLocations({ read, log: SILENT, isShared: false, runtime: SYSTEM_RUNTIME });
  const reader = new StockReader({ store, read, reclaimer: new Reclaimer(store, () => {}), locations });
  return { read, reader, locations };
}

/** Uses a Unix socket, whose buffers are a fraction of those of a TCP connection. */
async function listening(handle: RequestListener): Promise<{ socketPath: string } & AsyncDisposable> {
  const server = createServer(handle);
  const dir = await tempDir();
  const socketPath = join(dir.path, 'http.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Returns the part of an answer to a GET that has arrived after `ms`, because a stream has no end. */
async function listen(url: string, headers: Record<string, string> = {}, ms = 400) {
  const answer = await new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve) => {
    const sent = request(url, { headers: { ...headers, 'x-request-id': 'one-id' }, agent: false }, (incoming) => {
      const { statusCode: status = 0, headers: own } = incoming;
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const done = (): void => {
        clearTimeout(timer);
        resolve({ status, headers: own, text });
        sent.destroy();
      };
      const timer = setTimeout(done, ms);
      incoming.on('end', done);
      incoming.on('error', () => {});
    });
    sent.on('error', () => {});
    sent.end();
  });
  const { date, 'x-request-id': id, ...rest } = answer.headers;
  expect(date).toBeDefined();
  expect(id).toBeDefined();
  return { ...answer, headers: rest };
}

describe('stock.watch is answered as tRPC’s own adapter would', () => {
  /** tRPC's own adapter answers requests with this header. */
  const byTrpc = { 'trpc-accept': 'text/event-stream' };

  test.each([
    { CORS_ORIGINS: '', origin: 'https://a.example' },
    { CORS_ORIGINS: 'https://a.example,https://b.example', origin: 'https://b.example' },
    { CORS_ORIGINS: 'https://a.example', origin: 'https://evil.example' },
    { CORS_ORIGINS: '*', origin: 'https://a.example' },
  ])('byte by byte, headers included, with CORS_ORIGINS=$CORS_ORIGINS', async ({ CORS_ORIGINS, origin }) => {
    await using shop = await startShop({ CORS_ORIGINS });
    await supply(shop, 'fan', 7);
    const url = `${shop.url}${watchPath(['fan', 'nope'])}`;
    const [ours, theirs] = await Promise.all([
      listen(url, { origin, 'last-event-id': '1' }),
      listen(url, { origin, 'last-event-id': '1', ...byTrpc }),
    ]);
    expect(ours).toEqual(theirs);
    expect(ours.text).toContain('"available":7');
    expect(ours.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  test.each([
    ['no input', '/trpc/stock.watch'],
    ['an empty query', '/trpc/stock.watch?'],
    ['no SKU', watchPath([])],
    ['too many', watchPath(Array.from({ length: 101 }, (_, n) => `sku-${n}`))],
    ['a bad SKU', watchPath([' a'])],
    ['an unknown field', queryPath('stock.watch', { skus: ['fan'], more: 1 })],
    ['no JSON', '/trpc/stock.watch?input={'],
    ['no superjson', '/trpc/stock.watch?input=%7B%22skus%22%3A%5B%22fan%22%5D%7D'],
    ['a batch', `${watchPath(['fan'])}&batch=1`],
  ])('%s is refused', async (_, path) => {
    await using shop = await startShop();
    const ours = await listen(`${shop.url}${path}`);
    expect(ours).toEqual(await listen(`${shop.url}${path}`, byTrpc));
    expect(ours.text).toContain('"reason":"invalid_input"');
  });

  test('other methods and content types are refused as elsewhere', async () => {
    await using shop = await startShop();
    const path = watchPath(['fan']);
    expect((await shop.fetch(path, { method: 'PUT' })).status).toBe(405);
    const posted = await shop.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(posted.text).toContain('"reason":"method_not_allowed"');
    expect((await listen(`${shop.url}${path}`, { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('the client', () => {
  test('subscribes, receives changes, and unsubscribes', async () => {
    await using shop = await startShop();
    await supply(shop, 'fan', 7);
    const client = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY, EventSource });
    const received: { id: string; available?: number }[] = [];
    const subscription = client.stock.watch.subscribe(
      { skus: ['fan'] },
      {
        onData: ({ id, data }) => {
          expectTypeOf(data.status).toEqualTypeOf<'in_stock' | 'low' | 'backorder' | 'out_of_stock' | 'unknown'>();
          received.push({ id, ...(data.available === undefined ? {} : { available: data.available }) });
        },
      },
    );
    await poll(() => received.length === 1);
    await client.stock.adjust.mutate({ sku: 'fan', delta: -2, reason: 'broken' });
    await poll(() => received.length === 2);
    // A sweep may have a sequence number in between.
    const [first, second] = received.map(({ id }) => Number(id));
    expect(second).toBeGreaterThan(first ?? Infinity);
    expect(received.map(({ available }) => available)).toEqual([7, 5]);
    subscription.unsubscribe();
    await poll(() => shop.running.holdfast.stats().watchSubscribers === 0);
    expectTypeOf<Outputs['stock']['watch']>().toExtend<AsyncIterable<unknown>>();
  });

  test('receives the reason of a refusal, and is not subscribed', async () => {
    await using shop = await startShop();
    const client = createHoldfastClient({ url: shop.url, EventSource });
    const error = await new Promise((onError) => client.stock.watch.subscribe({ skus: [' a'] }, { onError }));
    expect(isRefusal(error, 'invalid_input')).toBe(true);
    expect(shop.running.holdfast.stats().watchSubscribers).toBe(0);
  });

  test('reconnects to another server when its own one closes', async () => {
    const { store } = openFaultyStore();
    let shop = await startShop({}, store);
    const port = String(shop.running.port);
    await supply(shop, 'fan', 7);
    const client = createHoldfastClient({ url: shop.url, EventSource });
    const received: (number | undefined)[] = [];
    const subscription = client.stock.watch.subscribe(
      { skus: ['fan'] },
      { onData: ({ data }) => void received.push(data.available) },
    );
    await poll(() => received.length === 1);
    const start = performance.now();
    await shop.running.close();
    expect(performance.now() - start).toBeLessThan(1_500);
    const { store: other } = openFaultyStore();
    shop = await startShop({ PORT: port }, other);
    await shop.running.holdfast.stock.define({ sku: 'fan' }, call);
    await shop.running.holdfast.stock.receive({ sku: 'fan', quantity: 3 }, call);
    await poll(() => received.at(-1) === 3, { timeoutMs: 10_000 });
    subscription.unsubscribe();
    await shop.running.close();
  });
});

describe('the server', () => {
  test('ends subscriptions without tRPC’s last event, after which clients would not reconnect', async () => {
    const shop = await startShop();
    const watcher = watch(shop.url, ['fan']);
    await poll(() => watcher.states.length === 1);
    await shop.running.close();
    await watcher.ended;
    expect(watcher.text()).not.toContain('event: return');
    expect(watcher.text()).toMatch(/id: 0\n\n\n$/);
  });

  test('drops updates that a subscriber does not read, and sends the last state when it reads again', async () => {
    const store = openMemoryStore({ shop: 'main' });
    await using holdfast = closing(createHoldfast({ store }));
    const { read, reader, locations } = readerOf(store);
    // Changes without a pause fill the buffers between both ends quickly.
    const quick = new StockWatch({
      store,
      read,
      reader,
      locations,
      settings: DEFAULT_SETTINGS,
      log: SILENT,
      roundMs: 1,
    });
    const sessions = new Sessions({ shop: 'main', ttlMs: 1_000, clock: Date.now, denials: holdfast.sessions });
    const services = { holdfast: { watch: quick, sessions: holdfast.sessions }, sessions, observeCall: () => {} };
    let outgoing: ServerResponse | undefined;
    const handle = watchFirst({ services, corsOrigins: [], clients: new Clients({ trusted: [] }) }, () => {});
    await using server = await listening((incoming, answer) => handle(incoming, (outgoing = answer), 'a-request'));
    const skus = Array.from({ length: 100 }, (_, n) => `${'x'.repeat(60)}-${n}`);
    const { stock } = holdfast;
    await Promise.all(skus.map((sku) => stock.define({ sku }, call)));

    const watcher = watch('http://localhost', skus, { socketPath: server.socketPath });
    await poll(() => watcher.states.length === skus.length);
    watcher.pause();
    let longest = 0;
    let batches = 0;
    const isStuck = async (): Promise<boolean> => {
      const before = quick.counts.watchUpdatesSent;
      for (let round = 0; round < 20; round += 1) {
        batches += 1;
        await store.apply([
          transaction(
            `more-${batches}`,
            skus.map((sku) => receive(sku, 1)),
          ),
        ]);
        await sleep(2);
        longest = Math.max(longest, outgoing?.writableLength ?? 0);
      }
      return quick.counts.watchUpdatesSent === before;
    };
    await poll(isStuck, { timeoutMs: 20_000 });
    expect(longest).toBeLessThan(100_000);

    const levels = await Promise.all(skus.map((sku) => stock.level({ sku })));
    watcher.resume();
    const last = (sku: string): number | undefined => watcher.states.findLast((state) => state.sku === sku)?.version;
    await poll(() => levels.every((level) => level.ok && last(level.value.sku) === level.value.version));
    for (const sku of skus) {
      const versions = watcher.states.filter((state) => state.sku === sku).map(({ version }) => version);
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    }
    watcher.leave();
    await quick.close();
  });

  test('keeps subscribers during an outage of the store, and accepts new ones', async () => {
    const faulty = openFaultyStore();
    await using shop = await startShop({}, faulty.store);
    await supply(shop, 'fan', 7);
    faulty.fail('read', fault('unavailable'));
    const watcher = watch(shop.url, ['fan']);
    expect((await watcher.opened).statusCode).toBe(200);
    faulty.fail('read', null);
    await poll(() => watcher.states.length === 1);
    expect(watcher.states).toMatchObject([{ available: 7 }]);
    watcher.leave();
  });

  test('counts subscriptions, but not as requests in flight or slow answers', async () => {
    await using shop = await startShop();
    const watcher = watch(shop.url, ['fan']);
    await poll(() => watcher.states.length === 1);
    const metrics = async (): Promise<string> => (await shop.fetch('/metrics')).text;
    expect(await metrics()).toMatch(
      /^holdfast_watch_subscribers 1\nholdfast_http_in_flight 1|holdfast_watch_subscribers 1$/m,
    );
    expect(await metrics()).toMatch(/^holdfast_http_in_flight 1$/m);
    expect(await metrics()).toMatch(/^holdfast_watch_updates_total 1$/m);
    expect(await metrics()).toMatch(/^holdfast_calls_total\{procedure="stock.watch",outcome="ok"\} 1$/m);
    watcher.leave();
    await poll(async () => (await metrics()).includes('holdfast_watch_subscribers 0'));
    const answers = Number(/^holdfast_http_answers_total\{status="200"\} (\d+)$/m.exec(await metrics())?.[1]);
    expect(await metrics()).toContain(`holdfast_http_seconds_count ${answers}`);
  });
});

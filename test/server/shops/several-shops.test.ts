import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { OpenShops } from '../../../src/server/shops/open-shops.ts';
import type { ShopService } from '../../../src/server/shops/shop-service.ts';
import { SILENT } from '../../../src/transact/log.ts';
import { keepLog } from '../../support/older-log.ts';
import { poll } from '../../support/poll.ts';
import { startRedis } from '../../support/redis-server.ts';
import { inShop, type SeveralShopsServer, startShops } from '../../support/several-shops.ts';
import { headersOf } from '../../support/shop-server.ts';
import { tempDir } from '../../support/temp-dir.ts';

const ROOT = { operator: true };
const inShopAs = (shop: string) => ({ ...ROOT, ...inShop(shop) });

async function supply(server: SeveralShopsServer, shop: string, quantity: number): Promise<void> {
  expect((await server.mutate('stock.define', { sku: 'mug' }, inShopAs(shop))).status).toBe(200);
  expect((await server.mutate('stock.receive', { sku: 'mug', quantity }, inShopAs(shop))).status).toBe(200);
}

const supplied = async (server: SeveralShopsServer, shop: string): Promise<number> =>
  (await server.mutate('stock.define', { sku: 'mug' }, inShopAs(shop))).status;

const onHand = async (server: SeveralShopsServer, who: object): Promise<unknown> =>
  ((await server.query('stock.level', { sku: 'mug' }, who)).data as { onHand?: number } | undefined)?.onHand;

test('each shop has its own stock, and calls that name none are of SHOP', async () => {
  await using server = await startShops({ SHOPS: 'a,b' });
  for (const [shop, units] of [
    ['main', 1],
    ['a', 2],
    ['b', 3],
  ] as const)
    await supply(server, shop, units);
  expect(await onHand(server, ROOT)).toBe(1);
  expect(await onHand(server, inShopAs('a'))).toBe(2);
  expect(await onHand(server, inShopAs('b'))).toBe(3);
});

test('a key and a session find their shop, and no other shop accepts them', async () => {
  await using server = await startShops({ SHOPS: 'a,b' });
  await supply(server, 'a', 2);
  await supply(server, 'b', 3);
  const created = await server.mutate('keys.create', { name: 'k', scopes: ['stock:read'] }, inShopAs('a'));
  const { key: operator } = created.data as { key: string };
  expect(await onHand(server, { operator })).toBe(2);
  expect((await server.query('stock.level', { sku: 'mug' }, { operator, ...inShop('b') })).status).toBe(403);
  const { sessionId: session } = (await server.mutate('session.create', {}, inShop('b'))).data as { sessionId: string };
  expect((await server.mutate('cart.add', { sku: 'mug', quantity: 3 }, { session })).status).toBe(200);
  expect((await server.mutate('cart.add', { sku: 'mug', quantity: 1 }, { session, ...inShop('a') })).status).toBe(401);
  const level = await server.query('stock.level', { sku: 'mug' }, inShopAs('b'));
  expect(level.data).toMatchObject({ onHand: 3, reserved: 3 });
});

test('with SHOPS=*, a key and a session find their shop after a restart', async () => {
  await using dir = await tempDir();
  const env = { SHOPS: '*' };
  let operator = '';
  let session = '';
  {
    await using server = await startShops(env, { dir: dir.path });
    await server.mutate('shops.create', { shop: 'a' }, ROOT);
    await supply(server, 'a', 2);
    const created = await server.mutate('keys.create', { name: 'k', scopes: ['stock:read'] }, inShopAs('a'));
    operator = (created.data as { key: string }).key;
    session = ((await server.mutate('session.create', {}, inShop('a'))).data as { sessionId: string }).sessionId;
  }
  for (const call of ['key', 'session']) {
    await using server = await startShops(env, { dir: dir.path });
    if (call === 'key') expect(await onHand(server, { operator })).toBe(2);
    else expect((await server.mutate('cart.add', { sku: 'mug', quantity: 1 }, { session })).status).toBe(200);
  }
});

const jsonFrom = async (request: ClientRequest): Promise<unknown> => {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return json(response);
};

test('a host name leads to its shop', async () => {
  await using server = await startShops({ SHOPS: 'a', SHOP_HOSTS: 'localhost=a' });
  await supply(server, 'a', 2);
  const { port } = server.running;
  const query = `/trpc/stock.availability?input=${encodeURIComponent('{"json":{"skus":["mug"]}}')}`;
  const there = await (await fetch(`http://localhost:${port}${query}`)).json();
  expect(there).toMatchObject({ result: { data: { json: [{ sku: 'mug', status: 'low' }] } } });
  for (const host of ['LOCALHOST', 'localhost.', `localhost.:${port}`]) {
    expect(await jsonFrom(get({ port, path: query, headers: { host } })), host).toEqual(there);
  }
  const here = await (await fetch(`http://127.0.0.1:${port}${query}`)).json();
  expect(here).not.toMatchObject({ result: { data: { json: [{ status: 'low' }] } } });
});

test('logs the requests that a shop does not get, with its name and the id of the request', async () => {
  const lines: object[] = [];
  const log = { ...SILENT, info: (fields: object, msg: string) => void lines.push({ ...fields, msg }) };
  await using server = await startShops({ SHOPS: '*', SHOP_CALLS_MAX: '3' }, { log });
  for (const shop of ['a', 'b']) await server.mutate('shops.create', { shop }, ROOT);
  await server.mutate('shops.suspend', { shop: 'a', reason: 'not paid' }, ROOT);
  const refusals = [
    ['a', 'shop_suspended'],
    ['b', 'rate_limited'],
    ['n'.repeat(64), 'unknown_shop'],
  ] as const;
  for (let call = 0; call < 3; call += 1) await server.query('cart.get', {}, inShop('b'));
  for (const [shop, reason] of refusals) {
    const name = shop.startsWith('n') ? `${shop}-and-more` : shop;
    await server.query('cart.get', {}, { headers: { ...inShop(name).headers, 'x-request-id': reason } });
    const line = { path: '/trpc/cart.get', reason, shop, requestId: reason, msg: 'a refused request' };
    expect(lines.at(-1)).toMatchObject(line);
  }
});

test('an unknown or suspended shop is refused, with SHOPS=* as with names', async () => {
  await using server = await startShops({ SHOPS: '*' });
  const refused = async (shop: string) => (await server.query('cart.get', {}, inShop(shop))).error?.data;
  expect(await refused('a')).toMatchObject({ reason: 'unknown_shop', httpStatus: 404, meta: { shop: 'a' } });
  expect((await server.mutate('shops.create', { shop: 'a' }, ROOT)).data).toMatchObject({
    shop: 'a',
    status: 'active',
  });
  await supply(server, 'a', 2);
  expect((await server.mutate('shops.create', { shop: 'a' }, ROOT)).error?.data).toMatchObject({
    reason: 'invalid_input',
  });
  await server.mutate('shops.suspend', { shop: 'a', reason: 'not paid' }, ROOT);
  expect(await refused('a')).toMatchObject({ reason: 'shop_suspended', httpStatus: 403, meta: { shop: 'a' } });
  const { data } = await server.query('shops.list', {}, ROOT);
  expect(data).toMatchObject({
    items: [
      { shop: 'a', status: 'suspended', isOpen: false },
      { shop: 'main', status: 'active', isOpen: true },
    ],
  });
  await server.mutate('shops.resume', { shop: 'a' }, ROOT);
  expect(await onHand(server, inShopAs('a'))).toBe(2);
});

test('a shop cannot have the name of the directory of another one', async () => {
  await using server = await startShops({ SHOPS: '*' });
  for (const shop of ['.', '..', '__proto__'])
    expect((await server.mutate('shops.create', { shop }, ROOT)).status).toBe(400);
  expect((await server.mutate('shops.create', { shop: '...' }, ROOT)).status).toBe(200);
});

test('each line of the log about a shop names it', async () => {
  const lines: object[] = [];
  const log = { ...SILENT, info: (fields: object) => lines.push(fields), warn: (fields: object) => lines.push(fields) };
  await using server = await startShops({ SHOPS: 'a' }, { log });
  expect((await server.query('stock.level', { sku: 'none' }, inShopAs('a'))).status).toBe(404);
  expect((await server.query('stock.level', { sku: 'none' }, ROOT)).status).toBe(404);
  const reason = 'unknown_sku';
  await expect.poll(() => lines).toContainEqual(expect.objectContaining({ shop: 'a', reason }));
  expect(lines).toContainEqual(expect.objectContaining({ shop: 'main', reason }));
});

test('a call that has begun before a suspension is answered', async () => {
  await using server = await startShops({ SHOPS: '*' });
  await server.mutate('shops.create', { shop: 'a' }, ROOT);
  await supply(server, 'a', 5);
  const body = JSON.stringify({ json: { sku: 'mug', quantity: 2 } });
  const headers = { ...headersOf(inShopAs('a')), 'content-type': 'application/json', 'content-length': body.length };
  const slow = request(`${server.running.url}/trpc/stock.receive`, { method: 'POST', headers });
  slow.write(body.slice(0, 10));
  // Calls of one connection and others are read in turn, so the slow one has arrived by then.
  await onHand(server, inShopAs('a'));
  expect((await server.mutate('shops.suspend', { shop: 'a' }, ROOT)).status).toBe(200);
  expect(await supplied(server, 'a')).toBe(403);
  slow.end(body.slice(10));
  const [answer] = (await once(slow, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  await server.mutate('shops.resume', { shop: 'a' }, ROOT);
  expect(await onHand(server, inShopAs('a'))).toBe(7);
});

test('a suspension ends the streams of a shop in each process', async () => {
  await using redis = await startRedis({});
  const settings = { SHOPS: '*', REDIS_URL: redis.url, DURABILITY: 'none' };
  await using server = await startShops(settings);
  await using other = await startShops(settings);
  await server.mutate('shops.create', { shop: 'a' }, ROOT);
  await supply(server, 'a', 5);
  const path = `/trpc/stock.watch?input=${encodeURIComponent('{"json":{"skus":["mug"]}}')}`;
  const stream = await fetch(`${other.running.url}${path}`, inShop('a'));
  expect(stream.status).toBe(200);
  await server.mutate('shops.suspend', { shop: 'a' }, ROOT);
  expect(await stream.text()).toContain('mug');
  expect(await supplied(other, 'a')).toBe(403);
});

test('a closing server answers what arrives on its open connection', async () => {
  await using server = await startShops({ SHOPS: 'a' });
  await supply(server, 'a', 5);
  const closing = server.running.close();
  expect(await onHand(server, inShopAs('a'))).toBe(5);
  await closing;
});

test('a shop whose store does not answer is closed too, and opened later for work that may be due', async () => {
  const events: string[] = [];
  const store = { reclaim: () => Promise.reject(new Error('no answer')) };
  const idle = { stats: () => ({ webhooksOldestUndeliveredMs: { money: 0, other: 0 } }), store };
  const service = { holdfast: idle, stop: () => events.push('stop'), close: async () => void events.push('close') };
  const open = async (): Promise<ShopService> => {
    events.push('open');
    return service as unknown as ShopService;
  };
  const shops = new OpenShops({ max: 10, idleMs: 50, log: SILENT, open });
  const use = shops.use('a');
  await use?.service;
  use?.end();
  await shops.retire('a');
  expect(events).toEqual(['open', 'stop', 'close']);
  await expect.poll(() => events).toEqual(['open', 'stop', 'close', 'open']);
  shops.stop();
  await shops.close();
});

test('a shop is never opened before it is closed, however often that happens', async () => {
  let [opened, openedMost] = [0, 0];
  const store = { reclaim: async () => ({ at: 0, nextDueAt: null }) };
  const idle = { stats: () => ({ webhooksOldestUndeliveredMs: { money: 0, other: 0 } }), store };
  const closings: (() => void)[] = [];
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      closings.push(() => {
        opened -= 1;
        resolve();
      });
    });
  const open = async (): Promise<ShopService> => {
    opened += 1;
    openedMost = Math.max(openedMost, opened);
    return { holdfast: idle, stop: () => undefined, close } as unknown as ShopService;
  };
  const shops = new OpenShops({ max: 10, idleMs: 60_000, log: SILENT, open });
  const first = shops.use('a');
  await first?.service;
  first?.end();
  void shops.retire('a');
  await expect.poll(() => closings.length).toBe(1);
  const second = shops.use('a');
  second?.end();
  void shops.retire('a');
  closings[0]?.();
  await expect.poll(() => closings.length).toBe(2);
  const third = shops.use('a');
  await new Promise((resolve) => setImmediate(resolve));
  closings[1]?.();
  await third?.service;
  third?.end();
  expect(openedMost).toBe(1);
  shops.stop();
  void shops.retire('a');
  await expect.poll(() => closings.length).toBe(3);
  closings[2]?.();
  await shops.close();
});

test('a visit of a shop that cannot be opened is logged and repeated', async () => {
  const warnings: object[] = [];
  let attempts = 0;
  const open = (): Promise<ShopService> => {
    attempts += 1;
    return Promise.reject(new Error('the store is down'));
  };
  const log = { ...SILENT, warn: (fields: object) => warnings.push(fields) };
  const shops = new OpenShops({ max: 10, idleMs: 30, log, open });
  shops.visit('a');
  await expect.poll(() => attempts).toBeGreaterThan(2);
  expect(warnings[0]).toMatchObject({ shop: 'a' });
  shops.stop();
  await shops.close();
});

test('only OPERATOR_KEY manages shops', async () => {
  await using server = await startShops({ SHOPS: '*' });
  const created = await server.mutate('keys.create', { name: 'k', scopes: ['keys:manage', 'admin:manage'] }, ROOT);
  const { key: operator } = created.data as { key: string };
  for (const [who, status] of [
    [{ operator }, 403],
    [{}, 401],
  ] as const) {
    expect((await server.mutate('shops.create', { shop: 'x' }, who)).status).toBe(status);
    expect((await server.query('shops.list', {}, who)).status).toBe(status);
  }
});

test('a shop is closed when it is idle, and opened for the next call and for due work', async () => {
  await using server = await startShops({
    SHOPS: 'a,b',
    SHOP_IDLE_MS: '1000',
    CART_TTL_MS: '3000',
    HOLD_TTL_MS: '3000',
  });
  await supply(server, 'a', 5);
  const { sessionId: session } = (await server.mutate('session.create', {}, inShop('a'))).data as { sessionId: string };
  await server.mutate('cart.add', { sku: 'mug', quantity: 2 }, { session });
  const isOpen = async () => {
    const { data } = await server.query('shops.list', {}, ROOT);
    return (data as { items: { shop: string; isOpen: boolean }[] }).items.find(({ shop }) => shop === 'a')?.isOpen;
  };
  await expect.poll(isOpen, { timeout: 10_000 }).toBe(false);
  await expect.poll(isOpen, { timeout: 10_000 }).toBe(true);
  await expect.poll(isOpen, { timeout: 10_000 }).toBe(false);
  const { data } = await server.query('stock.history', { sku: 'mug' }, inShopAs('a'));
  expect((data as { movements: { kind: string }[] }).movements[0]).toMatchObject({ kind: 'expired' });
});

test('no more shops are open than allowed, and those in use stay open', async () => {
  await using server = await startShops({ SHOPS: 'a,b,c', SHOPS_OPEN_MAX: '2' });
  for (const shop of ['a', 'b', 'c', 'a']) await supply(server, shop, 1);
  const { data } = await server.query('shops.list', {}, ROOT);
  const open = (data as { items: { isOpen: boolean }[] }).items.filter(({ isOpen }) => isOpen);
  expect(open).toHaveLength(2);
});

test('a shop that answers a stream stays open, and a shop for which there is no room is refused', async () => {
  await using server = await startShops({ SHOPS: 'a,b', SHOPS_OPEN_MAX: '2', SHOP_IDLE_MS: '1000' });
  await expect.poll(() => supplied(server, 'a'), { timeout: 10_000 }).toBe(200);
  const leaving = new AbortController();
  const path = `/trpc/stock.watch?input=${encodeURIComponent('{"json":{"skus":["mug"]}}')}`;
  const { signal } = leaving;
  const stream = await fetch(`${server.running.url}${path}`, { signal, ...inShop('a') });
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
  // Longer than a shop without calls stays open.
  await sleep(2_500);
  expect(await supplied(server, 'b')).toBe(429);
  expect(await supplied(server, 'a')).toBe(200);
  leaving.abort();
  await expect.poll(() => supplied(server, 'b'), { timeout: 10_000 }).toBe(200);
});

test('a shop that freezes, or continues, is checked at once', { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  const env = { SHOPS: 'a', REDIS_URL: redis.url, DURABILITY: 'local', ON_LOST_WRITES: 'freeze' };
  await using server = await startShops(env, { dir: dir.path });
  const isReady = async (): Promise<boolean> =>
    /^holdfast_ready\{shop="a"\} 1$/m.test((await server.fetch('/metrics')).text);
  await poll(async () => (await supplied(server, 'a')) === 200);
  const restore = await keepLog(redis);
  await poll(async () => (await supplied(server, 'a')) === 200, { timeoutMs: 10_000 });
  await poll(isReady);
  await restore();
  // Nobody calls the shop. Its next regular check would be 30 seconds after it was opened.
  await poll(async () => !(await isReady()), { timeoutMs: 8_000 });
  const loss = await poll(async () => {
    const { data } = await server.query('admin.loss', undefined, inShopAs('a'));
    return (data as { loss?: { kept: number } | null } | undefined)?.loss ?? undefined;
  });
  expect((await server.mutate('admin.recover', { acceptSequence: loss.kept }, inShopAs('a'))).status).toBe(200);
  await poll(isReady, { timeoutMs: 8_000 });
});

test('metrics have the shop as a label, each name once', async () => {
  await using server = await startShops({ SHOPS: 'a', METRICS: 'public' });
  await supply(server, 'a', 5);
  const { text } = await server.fetch('/metrics');
  expect(text).toContain('holdfast_ready{shop="main"} 1');
  expect(text).toContain('holdfast_ready{shop="a"} 1');
  expect(text.match(/# TYPE holdfast_ready /g)).toHaveLength(1);
  expect(text).toMatch(/^holdfast_shops_open\{shop="main"\} 2$/m);
});

test('a shop whose opening has failed is not ready until it opens, which is tried again without a call', async () => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, 'shops'));
  for (const shop of ['a', 'b']) await writeFile(join(dir.path, 'shops', shop), 'not a directory');
  await using server = await startShops({ SHOPS: '*', SHOP_IDLE_MS: '1000' }, { dir: dir.path });
  const ready = async (shop: string): Promise<string> => {
    const { text } = await server.fetch('/metrics');
    expect(text.match(/# TYPE holdfast_ready /g)).toHaveLength(1);
    return [...text.matchAll(/^holdfast_ready\{shop="(.)"\} (.)$/gm)].find((found) => found[1] === shop)?.[2] ?? 'none';
  };
  for (const shop of ['a', 'b']) {
    await server.mutate('shops.create', { shop }, ROOT);
    expect(await ready(shop)).toBe('none');
    expect(await supplied(server, shop)).toBe(503);
    expect(await ready(shop)).toBe('0');
  }
  await server.mutate('shops.suspend', { shop: 'b' }, ROOT);
  expect(await ready('b')).toBe('none');
  await server.mutate('shops.resume', { shop: 'b' }, ROOT);
  expect(await ready('b')).toBe('0');
  await rm(join(dir.path, 'shops/a'));
  await poll(async () => (await ready('a')) === '1');
});

test('a shop above SHOP_CALLS_MAX is refused, and the others are not', async () => {
  await using server = await startShops({ SHOPS: 'a,b', SHOP_CALLS_MAX: '20' });
  const statuses = async (shop: string, calls: number) => {
    const answers = await Promise.all(
      Array.from({ length: calls }, () => server.query('stock.availability', { skus: ['x'] }, inShop(shop))),
    );
    return answers.filter(({ status }) => status === 429).length;
  };
  expect(await statuses('a', 30)).toBe(10);
  expect(await statuses('b', 20)).toBe(0);
});

import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { PROCESS_PATHS } from '../../../src/http/listener/process-paths.ts';
import { inShop, type SeveralShopsServer, startShops } from '../../support/several-shops.ts';
import { headersOf } from '../../support/shop-server.ts';

const ROOT = { operator: true };
/** Limits count the wrong keys of a known client only. */
const CLIENT = { 'x-forwarded-for': '203.0.113.9' };
const READY = { httpStatus: 200, status: 'ready' };
const inShopAs = (shop: string) => ({ ...ROOT, ...inShop(shop) });

/** Each path, with one path below those that have some. */
const PATHS = PROCESS_PATHS.flatMap((path) => (path === '/console' ? [path, '/console/assets/none.js'] : path));

async function keyOf(server: SeveralShopsServer, shop: string, scope: string): Promise<string> {
  const created = await server.mutate('keys.create', { name: 'monitor', scopes: [scope] }, inShopAs(shop));
  return (created.data as { key: string }).key;
}

/** Requests a path with any headers, `Host` included, which `fetch` would not send. */
async function answerOf(server: SeveralShopsServer, path: string, headers: Record<string, string> = {}) {
  const { status, body } = await new Promise<{ status: number | undefined; body: Promise<unknown> }>((done, failed) => {
    request(`${server.running.url}${path}`, { headers }, (answer) => {
      const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
      if (!isJson) answer.resume();
      done({ status: answer.statusCode, body: isJson ? json(answer) : Promise.resolve(null) });
    })
      .on('error', failed)
      .end();
  });
  const { error } = ((await body) ?? {}) as { error?: { json?: { data?: { reason?: string } } } };
  return { status, reason: error?.json?.data?.reason };
}

const shopsIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/[{,]shop="(\w+)"/g)].map(([, shop = '']) => shop))].toSorted();

const metricsOf = (server: SeveralShopsServer, who: Parameters<typeof headersOf>[0]) =>
  server.fetch('/metrics', { headers: headersOf(who) });

const readyOf = async (server: SeveralShopsServer, who: Parameters<typeof headersOf>[0]): Promise<unknown> => {
  const { status, text } = await server.fetch('/health/ready', { headers: headersOf(who) });
  return { httpStatus: status, ...(JSON.parse(text) as object) };
};

test('answers the paths of the process whatever shop a request names', async () => {
  await using server = await startShops({
    SHOPS: '*',
    SHOP_HOSTS: 'a.example=a,none.example=none,full.example=full',
    SHOP_CALLS_MAX: '10',
    METRICS: 'public',
  });
  for (const shop of ['a', 'full']) await server.mutate('shops.create', { shop }, ROOT);
  const operator = await keyOf(server, 'a', 'metrics:read');
  const { sessionId: session } = (await server.mutate('session.create', {}, inShop('a'))).data as { sessionId: string };
  await server.mutate('shops.suspend', { shop: 'a', reason: 'not paid' }, ROOT);
  for (let call = 0; call < 10; call += 1) await server.query('cart.get', {}, inShop('full'));
  const named: [refusal: string, headers: Record<string, string>][] = [
    ['shop_suspended', inShop('a').headers],
    ['shop_suspended', { host: 'a.example' }],
    ['shop_suspended', headersOf({ operator })],
    ['shop_suspended', headersOf({ session })],
    ['unknown_shop', inShop('none').headers],
    ['unknown_shop', { host: 'none.example' }],
    ['rate_limited', inShop('full').headers],
    ['rate_limited', { host: 'full.example' }],
  ];
  for (const [refusal, headers] of named) {
    expect((await answerOf(server, '/trpc/cart.get', headers)).reason).toBe(refusal);
    for (const path of PATHS) {
      const answer = { path, headers, ...(await answerOf(server, path, headers)) };
      expect(answer).toEqual({ path, headers, ...(await answerOf(server, path)) });
    }
    for (const path of ['/health/live/', '/%68ealth/ready', '/metrics?for=a', '/docs/'])
      expect([path, await answerOf(server, path, headers)]).toEqual([path, { status: 200, reason: undefined }]);
  }
});

test('METRICS=private shows a key the series of its own shop only, and OPERATOR_KEY all of them', async () => {
  await using server = await startShops({ SHOPS: '*', METRICS: 'private' });
  for (const shop of ['a', 'b']) await server.mutate('shops.create', { shop }, ROOT);
  for (const shop of ['a', 'b', 'main']) {
    const operator = await keyOf(server, shop, 'metrics:read');
    for (const who of [{ operator }, { operator, ...inShop('b') }, { operator, ...inShop('none') }]) {
      const { status, text } = await metricsOf(server, who);
      expect([status, shopsIn(text)]).toEqual([200, [shop]]);
      expect(text).toMatch(new RegExp(`^holdfast_calls_total\\{.*procedure="keys.create".*shop="${shop}"`, 'm'));
      // Each series names the shop, so none can be of another one.
      const series = text.split('\n').filter((line) => line.startsWith('holdfast_'));
      expect(series.filter((line) => !line.includes(`shop="${shop}"`))).toEqual([]);
    }
    const unfit = await metricsOf(server, { operator: await keyOf(server, shop, 'stock:read') });
    expect([unfit.status, unfit.error?.data['meta']]).toMatchObject([403, { scope: 'metrics:read' }]);
  }
  for (const who of [ROOT, inShopAs('a'), inShopAs('none')])
    expect(shopsIn((await metricsOf(server, who)).text)).toEqual(['a', 'b', 'main']);
  for (const who of [{}, inShop('a'), inShop('none')]) {
    const { status, error } = await metricsOf(server, who);
    expect([status, error?.data['reason']]).toEqual([401, 'not_authorized']);
  }
});

test('METRICS=private shows a key of a suspended shop no series', async () => {
  await using server = await startShops({ SHOPS: '*', METRICS: 'private' });
  await server.mutate('shops.create', { shop: 'a' }, ROOT);
  const operator = await keyOf(server, 'a', 'metrics:read');
  await server.mutate('shops.suspend', { shop: 'a' }, ROOT);
  const { status, error, text } = await metricsOf(server, { operator });
  expect([status, error?.data['reason'], shopsIn(text)]).toEqual([403, 'not_authorized', []]);
});

test('METRICS=private shows the store of SHOP in /health/ready to its keys only, and never refuses a probe', async () => {
  const limits = { TRUST_PROXY: 'loopback', RATE_WRONG_KEYS_MAX: '1' };
  await using server = await startShops({ SHOPS: 'a', METRICS: 'private', ...limits });
  const [ofA, ofMain] = [await keyOf(server, 'a', 'metrics:read'), await keyOf(server, 'main', 'metrics:read')];
  for (const operator of [true, ofMain] as const)
    for (const shop of ['main', 'a', 'none'])
      expect(await readyOf(server, { operator, ...inShop(shop) })).toMatchObject({ httpStatus: 200, store: {} });
  for (let probe = 0; probe < 5; probe += 1)
    for (const who of [{ operator: ofA }, {}])
      for (const headers of [{}, inShop('a').headers])
        expect(await readyOf(server, { ...who, headers: { ...CLIENT, ...headers } })).toEqual(READY);
  // The key of the other shop was not taken for a guess.
  expect((await metricsOf(server, { operator: ofMain, headers: CLIENT })).status).toBe(200);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallCounts, type Count } from '../../src/http/limits/call-counts.ts';
import { CountSharing } from '../../src/http/limits/count-sharing.ts';
import { callsOf, classCallsOf, RATE_CLASSES, type RateClass } from '../../src/http/limits/rate-class.ts';
import { type LimitedRequest, RateLimits, type RateSettings } from '../../src/http/limits/rate-limits.ts';
import { SILENT } from '../../src/transact/log.ts';
import { poll } from '../support/poll.ts';
import { type Answer, headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

const MINUTE_MS = 60_000;
const DEVICE = { 'x-client-key': 'device-7' };

describe('counts', () => {
  test('allow the limit in a minute, and return when the next call is possible', () => {
    let now = 10 * MINUTE_MS;
    const counts = new CallCounts({ class: 'change', limit: 4, now: () => now });
    const states = Array.from({ length: 5 }, () => counts.take('a', 1));
    expect(states.map(({ remaining }) => remaining)).toEqual([3, 2, 1, 0, 0]);
    expect(states[3]?.retryAfterMs).toBeNull();
    expect(counts.take('b', 4).retryAfterMs).toBeNull();
    now += states[4]?.retryAfterMs ?? 0;
    expect(counts.take('a', 1).retryAfterMs).toBeNull();
  });

  test('count the calls of a batch', () => {
    const counts = new CallCounts({ class: 'change', limit: 60, now: () => 0 });
    expect(counts.take('a', 50)).toMatchObject({ remaining: 10, retryAfterMs: null });
    expect(counts.take('a', 50)).toMatchObject({ remaining: 10, retryAfterMs: expect.any(Number) });
    expect(counts.take('a', 10)).toMatchObject({ remaining: 0, retryAfterMs: null });
  });

  test('allow at most the limit and a wait that suffices, at any times', () => {
    const gaps = fc.array(fc.record({ gap: fc.nat(30_000), calls: fc.integer({ min: 1, max: 5 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let now = 1_000 * MINUTE_MS;
        const counts = new CallCounts({ class: 'change', limit: 10, now: () => now });
        const inWindow = new Map<number, number>();
        for (const { gap, calls } of steps) {
          now += gap;
          const { retryAfterMs, remaining } = counts.take('a', calls);
          expect(remaining).toBeGreaterThanOrEqual(0);
          if (retryAfterMs === null) {
            const window = Math.floor(now / MINUTE_MS);
            inWindow.set(window, (inWindow.get(window) ?? 0) + calls);
            continue;
          }
          expect(retryAfterMs).toBeLessThanOrEqual(2 * MINUTE_MS);
          now += Math.ceil(retryAfterMs);
          expect(counts.waitMs('a', calls)).toBeNull();
        }
        for (const calls of inWindow.values()) expect(calls).toBeLessThanOrEqual(10);
      }),
    );
  });

  test('of two processes limit both, once they are shared', async () => {
    const sums = new Map<string, number>();
    const counter = {
      add: async (name: string, calls: number) => {
        sums.set(name, (sums.get(name) ?? 0) + calls);
        return sums.get(name) ?? 0;
      },
    };
    const now = () => 5 * MINUTE_MS;
    const counts = [1, 2].map(() => {
      const { share } = new CountSharing(counter, SILENT);
      return new CallCounts({ class: 'change', limit: 100, now, onBusy: (count: Count) => share('change', count) });
    });
    for (const each of counts) expect(each.take('a-secret-session', 60).retryAfterMs).toBeNull();
    await poll(() => Number([...sums.values()][0]) >= 120);
    // A process learns of the others when it sends calls itself.
    for (const each of counts) await poll(() => each.take('a-secret-session', 1).retryAfterMs !== null);
    expect([...sums.keys()].join()).not.toContain('a-secret-session');
  });
});

test.each([
  ['GET', '/trpc/cart.get', [{ class: 'read', calls: 1 }]],
  ['GET', '/trpc/cart.get,orders.mine?batch=1', [{ class: 'read', calls: 2 }]],
  ['POST', '/trpc/cart.add', [{ class: 'change', calls: 1 }]],
  ['POST', '/trpc/session.create', [{ class: 'session', calls: 1 }]],
  [
    'POST',
    '/trpc/cart.add,checkout.begin,cart.add?batch=1',
    [
      { class: 'change', calls: 2 },
      { class: 'checkout', calls: 1 },
    ],
  ],
  ['POST', '/api/v1/sessions', [{ class: 'session', calls: 1 }]],
  ['POST', '/api/v1/orders/checkout/', [{ class: 'checkout', calls: 1 }]],
  ['PUT', '/api/v1/cart/lines/tea', [{ class: 'change', calls: 1 }]],
  ['GET', '/health/live', []],
])('%s %s counts as %j', (method, url, expected) => {
  expect(classCallsOf({ method, url })).toEqual(expected);
  // The calls in flight are counted for paths that have no class too.
  const calls = expected.reduce((sum, each) => sum + each.calls, 0);
  expect(callsOf({ url })).toBe(Math.max(1, calls));
});

test.each([
  ['/trpc/cart.add', 1],
  ['/trpc/cart.get?input=%7B%7D', 1],
  ['/trpc/cart.add,checkout.begin,cart.add?batch=1', 3],
  ['/api/v1/cart/lines?a,b', 1],
])('%s is %i calls in flight', (url, calls) => {
  expect(callsOf({ url })).toBe(calls);
});

describe('the limit of', () => {
  const perMinute: RateSettings = { read: 3, change: 4, checkout: 2, session: 5 };
  const CALLS: Record<RateClass, [method: string, procedure: string]> = {
    read: ['GET', 'cart.get'],
    change: ['POST', 'cart.add'],
    checkout: ['POST', 'checkout.place'],
    session: ['POST', 'session.create'],
  };
  const request = (rateClass: RateClass, calls: number, session?: string): LimitedRequest['incoming'] => {
    const [method, procedure] = CALLS[rateClass];
    const url = `/trpc/${Array(calls).fill(procedure).join(',')}${calls > 1 ? '?batch=1' : ''}`;
    return { method, url, headers: session === undefined ? {} : { 'x-session-id': session } };
  };
  const callers = RATE_CLASSES.flatMap((rateClass) =>
    (['client', 'session'] as const).map((dimension) => ({ rateClass, dimension })),
  );

  // A session that creates sessions is limited by its client alone.
  test.each(callers.filter(({ rateClass, dimension }) => rateClass !== 'session' || dimension !== 'session'))(
    '$rateClass calls of a $dimension is in force, and a batch counts as its calls',
    ({ rateClass, dimension }) => {
      const limits = new RateLimits({ perMinute, now: () => 10 * MINUTE_MS });
      const max = perMinute[rateClass];
      const isRefused = (name: string, calls: number): boolean => {
        const [client, session] = dimension === 'client' ? [name, undefined] : [undefined, name];
        const limit = limits.check({ incoming: request(rateClass, calls, session), client, key: null });
        expect(limit).toMatchObject({ class: rateClass, limit: max });
        return limit?.retryAfterMs !== null;
      };
      for (let n = 0; n < max; n += 1) expect(isRefused('single-calls', 1)).toBe(false);
      expect(isRefused('single-calls', 1)).toBe(true);
      expect(isRefused('large-batch', max + 1)).toBe(true);
      expect(isRefused('exact-batch', max)).toBe(false);
      expect(isRefused('exact-batch', 1)).toBe(true);
      expect(isRefused('another-one', 1)).toBe(false);
    },
  );

  test('a key is in force for all its calls, and a batch counts as its calls', () => {
    const limits = new RateLimits({ perMinute, now: () => 10 * MINUTE_MS });
    const isRefused = (rateClass: RateClass, calls: number): boolean => {
      const key = { name: 'printer', ratePerMinute: 6 };
      return limits.check({ incoming: request(rateClass, calls), client: 'c', key })?.retryAfterMs !== null;
    };
    expect(isRefused('read', 4)).toBe(false);
    expect(isRefused('change', 3)).toBe(true);
    expect(isRefused('change', 2)).toBe(false);
    expect(isRefused('read', 1)).toBe(true);
  });

  test('two keys of one name with different limits do not reset each other', () => {
    const limits = new RateLimits({ perMinute, now: () => 10 * MINUTE_MS });
    const isRefused = (ratePerMinute: number): boolean => {
      const key = { name: 'printer', ratePerMinute };
      return limits.check({ incoming: request('read', 1), client: 'c', key })?.retryAfterMs !== null;
    };
    for (let call = 0; call < 4; call += 1) expect([isRefused(4), isRefused(9)]).toEqual([false, false]);
    expect([isRefused(4), isRefused(9)]).toEqual([true, false]);
  });
});

const startLimited = (env: Record<string, string>): Promise<ShopServer> =>
  startShop({ TRUST_PROXY: 'loopback', CLIENT_KEYS: 'on', ...env });

const limited = ({ status, error, headers, text }: Answer): void => {
  expect(status, text).toBe(429);
  expect(error?.data).toMatchObject({ reason: 'rate_limited', meta: { retryAfterMs: expect.any(Number) } });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
};

describe('over HTTP', () => {
  test('a client that creates sessions too fast is refused, and others are not', async () => {
    await using shop = await startLimited({ RATE_SESSIONS_MAX: '5' });
    const create = (headers: Record<string, string>) => shop.mutate('session.create', {}, { headers });
    for (let n = 0; n < 5; n += 1) {
      const { status, headers } = await create(DEVICE);
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"session";q=5;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"session";r=${4 - n};t=\\d+$`));
    }
    limited(await create(DEVICE));
    const rest = await shop.fetch('/api/v1/sessions', { method: 'POST', headers: DEVICE });
    expect([rest.status, JSON.parse(rest.text).error.reason]).toEqual([429, 'rate_limited']);
    expect((await create({ 'x-client-key': 'device-8' })).status).toBe(200);
    expect((await create({})).headers.get('ratelimit')).toBeNull();
    const { text } = await shop.fetch('/metrics', { headers: headersOf({ operator: true }) });
    expect(text).toContain('holdfast_rate_limited_total{class="session"} 2');
    expect(shop.log.filter(({ msg }) => String(msg).includes('rate limit'))).toHaveLength(1);
  });

  test('a session is limited from any address, by calls and not by requests, on each path', async () => {
    await using shop = await startLimited({ RATE_READS_MAX: '60' });
    const batch = `/trpc/${Array(50).fill('cart.get').join(',')}?batch=1&input=${encodeURIComponent('{}')}`;
    const answer = await shop.fetch(batch, { headers: headersOf({ session: 'a-shopper' }) });
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('"read";r=10;')]);
    limited(await shop.fetch(batch, { headers: headersOf({ session: 'a-shopper' }) }));
    const plain = await shop.query('cart.get', undefined, { session: 'a-shopper' });
    expect([plain.status, plain.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('"read";r=9;')]);
    const rest = await shop.fetch('/api/v1/cart', { headers: headersOf({ session: 'a-shopper' }) });
    expect([rest.status, rest.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('"read";r=8;')]);
    expect((await shop.query('cart.get', undefined, { session: 'another-shopper' })).status).toBe(200);
  });

  test('the operator and a server without limits are not limited', async () => {
    await using shop = await startLimited({ RATE_READS_MAX: '1' });
    for (let n = 0; n < 5; n += 1) expect((await shop.query('stock.list', {}, { operator: true })).status).toBe(200);
    await using free = await startLimited({ RATE_READS_MAX: '1', RATE_LIMITS: 'off' });
    for (let n = 0; n < 5; n += 1)
      expect((await free.query('cart.get', undefined, { session: 'a-shopper' })).status).toBe(200);
  });
});

test('a key has the rate that it was created with', async () => {
  await using shop = await startShop();
  const input = { name: 'label-printer', scopes: ['stock:read'], ratePerMinute: 3 };
  const created = await shop.mutate('keys.create', input, { operator: true });
  const { key } = created.data as { key: string };
  const list = () => shop.query('stock.list', {}, { operator: key });
  const policies = [await list(), await list(), await list()].map(({ headers }) => headers.get('ratelimit-policy'));
  expect(policies).toEqual(Array(3).fill('"key";q=3;w=60'));
  limited(await list());
});

describe('wrong keys', () => {
  const ask = (shop: ShopServer, operator: string | true, headers: Record<string, string> = DEVICE) =>
    shop.query('stock.list', {}, { operator, headers });

  test('of one client are refused after ten, and then not even the right one is compared', async () => {
    await using shop = await startLimited({});
    for (let n = 0; n < 10; n += 1) expect((await ask(shop, `wrong-key-${n}`)).status).toBe(403);
    limited(await ask(shop, 'wrong-key-10'));
    limited(await ask(shop, true));
    expect((await ask(shop, true, { 'x-client-key': 'device-8' })).status).toBe(200);
    const lines = shop.log.filter(({ msg }) => msg === 'wrong operator keys');
    expect(lines).toMatchObject([{ count: 1, addresses: [{ address: '127.0.0.1', count: 1 }] }]);
  });

  test('of unknown clients share a larger limit, which never locks out the right key', async () => {
    await using shop = await startShop({ RATE_WRONG_KEYS_MAX: '1' });
    const answers = await Promise.all(Array.from({ length: 310 }, (_, n) => ask(shop, `wrong-key-${n}`)));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(300);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
    expect((await ask(shop, true)).status).toBe(200);
    const { text } = await shop.fetch('/metrics', { headers: headersOf({ operator: true }) });
    expect(text).toContain('holdfast_rate_limited_total{class="wrong_key"} 10');
  });

  test('are only those that are sent as a key', async () => {
    await using shop = await startLimited({ RATE_WRONG_KEYS_MAX: '1' });
    const basic = { ...DEVICE, authorization: 'Basic c3RhZ2luZzpzZWNyZXQ=' };
    for (let n = 0; n < 5; n += 1)
      expect((await shop.query('cart.get', undefined, { session: 'a-shopper', headers: basic })).status).toBe(200);
  });
});

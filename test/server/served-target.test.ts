import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalTarget } from '../../src/http/served-target.ts';
import { openHandlerShop } from '../support/handler-shop.ts';
import { bytesOf, exchange } from '../support/raw-http.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

/** Other ways to write the path of `session.create`, over tRPC and over REST. */
const FORMS = [
  '/trpc/session.create',
  '/./trpc/session.create',
  '/x/../trpc/session.create',
  '/health/../trpc/session.create',
  '/payments/../trpc/session.create',
  '/trpc/./session.create',
  '/trpc/%2e/session.create',
  '/x/%2E%2e/trpc/session.create',
  '/x/.%2e/trpc/session.create',
  '//trpc/session.create',
  '/trpc//session.create',
  '/trpc/session%2Ecreate',
  '/trpc/session%2ecreate',
  '/%74rpc/session.create',
  '/trpc/session.create/',
  '/trpc/session.create//',
  '/trpc/session.create#x',
  '/trpc/session.create?x#y',
  '/trpc/session.create?x=/../..',
  '/trpc\\session.create',
  '/x/..\\trpc/session.create',
  'http://localhost/trpc/session.create',
  'HTTP://localhost/trpc/session.create',
  'http://localhost/./trpc/session.create',
  'http://user@localhost/trpc/session.create',
  'http:/trpc/session.create',
  'trpc/session.create',
  '/api/v1/sessions',
  '/api/v1/sessions/',
  '/./api/v1/sessions',
  '/health/../api/v1/sessions',
  '/api/v1/%73essions',
  '/api/%76%31/sessions',
  '/api/v1/%2573essions',
  '/api/v1//sessions',
  '/api/v1/x/../sessions',
  '/api/v1/sessions#x',
  'http://localhost/api/v1/sessions',
];
const SESSIONS_MAX = 2;
const WRONG_KEYS_MAX = 2;
const SETTINGS = {
  TRUST_PROXY: 'loopback',
  CLIENT_KEYS: 'on',
  RATE_SESSIONS_MAX: String(SESSIONS_MAX),
  RATE_WRONG_KEYS_MAX: String(WRONG_KEYS_MAX),
  RATE_CHANGES_MAX: '60',
  LOG_LEVEL: 'error',
};
const statusOf = (answer: string): number => Number(answer.slice('HTTP/1.1 '.length).slice(0, 3));

describe('a path that is written in another way', () => {
  let shop: ShopServer;
  let clients = 0;
  beforeAll(async () => {
    shop = await startShop(SETTINGS);
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  /** Returns a function that sends requests of a new client, and returns the status. */
  const newClient = () => {
    const device = `X-Client-Key: device-${(clients += 1)}`;
    return async (target: string, { key, body = '{}' }: { key?: string; body?: string } = {}): Promise<number> => {
      const headers = ['Host: a', 'Connection: close', 'Content-Type: application/json', device];
      if (key !== undefined) headers.push(`Authorization: Bearer ${key}`);
      return statusOf(await exchange(shop.running.port, bytesOf({ target, headers, body })));
    };
  };

  test.each(FORMS)('%s counts as the plain one, or is refused', async (form) => {
    const send = newClient();
    for (let n = 0; n < SESSIONS_MAX; n += 1) expect([200, 400, 404]).toContain(await send(form));
    expect([429, 400, 404]).toContain(await send(form));
    const later = newClient();
    for (let n = 0; n < SESSIONS_MAX; n += 1) expect(await later('/trpc/session.create')).toBe(200);
    expect([429, 400, 404]).toContain(await later(form));
  });

  test.each(FORMS)('%s does not get round the limit of wrong keys', async (form) => {
    const send = newClient();
    for (let n = 0; n < WRONG_KEYS_MAX; n += 1) expect(await send('/trpc/stock.define', { key: 'wrong' })).toBe(403);
    expect([429, 400, 404]).toContain(await send(form, { key: OPERATOR_KEY }));
  });

  test.each([
    '/./trpc/B?batch=1',
    '/trpc/./B?batch=1',
    '/trpc/B/?batch=1',
    '/trpc/B?batch=1#x',
    'http://a/trpc/B?batch=1',
  ])('a batch under %s counts with all of its calls', async (form) => {
    const send = newClient();
    const names = Array.from({ length: 40 }, () => 'cart%2Eclear').join('%2c');
    const status = await send(form.replace('B', names));
    if (status === 404) return;
    expect([200, 207, 401, 403]).toContain(status);
    expect(await send(form.replace('B', names))).toBe(429);
  });
});

test('the handler in a process decides about the same path', async () => {
  const rateLimits = { sessions: SESSIONS_MAX };
  await using shop = openHandlerShop({ rateLimits, clientOf: (request) => request.headers.get('x-address') });
  const paths = FORMS.filter((form) => form.startsWith('/'));
  for (const [index, path] of paths.entries()) {
    const headers = { 'content-type': 'application/json', 'x-address': `8.8.4.${index}` };
    const send = async () => (await shop.fetch(path, { method: 'POST', headers, body: '{}' })).status;
    for (let n = 0; n < SESSIONS_MAX; n += 1) expect([200, 404], path).toContain(await send());
    expect([429, 404], path).toContain(await send());
  }
});

describe('the normal form', () => {
  test.each([
    ['/api/v1/orders/checkout/', '/api/v1/orders/checkout'],
    ['/api/v1/stock/A%2fB%20c%3F', '/api/v1/stock/A%2FB%20c%3F'],
    ['/api/v1/stock/%7Etea%2E1', '/api/v1/stock/~tea.1'],
    ['/api/v1/stock/%C5%bc', '/api/v1/stock/%C5%BC'],
    ['/api/v1/stock/.tea', '/api/v1/stock/.tea'],
    ['/trpc/cart.add,checkout.begin%2Ccart.add?batch=1', '/trpc/cart.add,checkout.begin,cart.add?batch=1'],
    ['/trpc/cart.get?input=%7B%2e%7D', '/trpc/cart.get?input=%7B%2e%7D'],
    ['https://[::1]:3000/metrics?x', '/metrics?x'],
    ['/', '/'],
  ])('of %s is %s', (target, normal) => expect(normalTarget(target)).toBe(normal));

  test.each(['', '*', '?', 'a', '/a/../b', '/a/.', '/..', '/%2e%2E', '/a//b', '/a#', '/%', '/%z1', '/\u017c', '/a\\b'])(
    '%j has none',
    (target) => expect(normalTarget(target)).toBeNull(),
  );

  test('is read in one way only, whatever was sent', () => {
    const part = fc.constantFrom(
      ...'a . .. / // \\ % %2e %2E %2f %25 %61 %C5%BC # ? ; , : @ http://h ~ %00'.split(' '),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const normal = normalTarget(parts.join(''));
        if (normal === null) return;
        const [path] = normal.split('?', 1);
        expect(new URL(normal, 'http://h').pathname).toBe(path);
        expect(normalTarget(normal)).toBe(normal);
        expect(path).not.toMatch(/%(?:2[ce]|6[1-9a-f]|7e)|.\/$/i);
      }),
      { numRuns: 2_000 },
    );
  });
});

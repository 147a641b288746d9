import { describe, expect, test } from 'vitest';
import {
  createHoldfast,
  createHoldfastHandler,
  type HandlerOptions,
  NotAuthentic,
  openMemoryStore,
  OPERATOR,
  type PaymentAdapter,
  PRODUCTION_SETTINGS,
} from '../../src/index.ts';
import { openHandlerShop } from '../support/handler-shop.ts';
import { headersOf, OPERATOR_KEY } from '../support/shop-server.ts';

const SECRET = 'Vq3nT8xLw0ZrKc6YbJ1mPd5sGh9fUa2e';
const PRODUCTION: HandlerOptions = { production: true, sessionSecret: SECRET, checkoutPlace: 'operator' };
const AVAILABILITY = '/api/v1/availability?skus=cup';

const problemOf = (options: object): string => {
  const holdfast = createHoldfast({ store: openMemoryStore({ shop: 'main' }) });
  try {
    createHoldfastHandler(holdfast, options);
    return 'accepted';
  } catch (error) {
    return error instanceof TypeError ? error.message : 'another error';
  }
};

describe('the options', () => {
  const wrong: [object, string][] = [
    [{ basePath: '/shop/' }, 'basePath must be a path like /shop, without a slash at its end'],
    [{ basePath: 'shop' }, 'basePath must be'],
    [{ sessionsecret: SECRET }, 'sessionsecret is not an option'],
    [{ sessionSecret: '' }, 'sessionSecret must be 8 printable ASCII characters or more'],
    [{ operatorKey: 'short' }, 'operatorKey must be 16 printable ASCII characters or more'],
    [{ previousOperatorKey: OPERATOR_KEY }, 'previousOperatorKey requires operatorKey'],
    [{ corsOrigins: ['https://shop.example/path'] }, 'corsOrigins must be origins'],
    [{ checkoutPlace: 'nobody' }, 'checkoutPlace must be shopper or operator'],
    [{ rateLimits: { reads: 0 } }, 'rateLimits.reads must be a whole number'],
    [{ rateLimits: { wrongKeys: 1.5 } }, 'rateLimits.wrongKeys must be a whole number'],
    [{ ...PRODUCTION, sessionSecret: undefined }, 'sessionSecret is required with NODE_ENV=production'],
    [{ ...PRODUCTION, sessionSecret: 'a'.repeat(40) }, 'sessionSecret can be guessed'],
    [{ ...PRODUCTION, operatorKey: 'change-me-change-me' }, 'operatorKey is an example or a pattern'],
    [{ ...PRODUCTION, checkoutPlace: undefined }, 'checkoutPlace is required with NODE_ENV=production'],
    [{ ...PRODUCTION, corsOrigins: ['*'] }, 'corsOrigins must be the origins of your pages'],
  ];
  test.each(wrong)('%j is refused', (options, problem) => expect(problemOf(options)).toContain(problem));

  test('need no operator key in production', () => expect(problemOf(PRODUCTION)).toBe('accepted'));

  test('take only what createHoldfast returns', async () => {
    const holdfast = createHoldfast({ store: openMemoryStore({ shop: 'main' }) });
    expect(() => createHoldfastHandler({ ...holdfast })).toThrow(
      'requires the object that createHoldfast has returned',
    );
    await holdfast.close();
  });
});

describe('in production', () => {
  test('only issued sessions are taken, and metrics need a key', async () => {
    await using shop = openHandlerShop(
      { ...PRODUCTION, operatorKey: 'kZ8w2Lr5Qm1Xt7Vb' },
      { settings: PRODUCTION_SETTINGS },
    );
    const made = await shop.fetch('/api/v1/sessions', { method: 'POST' });
    const { sessionId } = (await made.json()) as { sessionId: string };
    const asked = async (session: string) =>
      (await shop.fetch('/api/v1/cart', { headers: headersOf({ session }) })).status;
    expect([await asked('any-text-is-a-session'), await asked(sessionId)]).toEqual([401, 200]);
    const metrics = async (operator?: string) =>
      (await shop.fetch('/metrics', { headers: headersOf(operator ? { operator } : {}) })).status;
    expect([await metrics(), await metrics('kZ8w2Lr5Qm1Xt7Vb')]).toEqual([401, 200]);
  });

  test('a warning names what is open: the clients, and the bounds of a session', async () => {
    await using open = openHandlerShop({ ...PRODUCTION, operatorKey: 'kZ8w2Lr5Qm1Xt7Vb' });
    expect(open.log.filter(([level]) => level === 'warn').map(([, line]) => line)).toEqual([
      expect.stringContaining('see the option clientOf'),
      expect.stringContaining('PRODUCTION_SETTINGS'),
    ]);
    const bounded = { ...PRODUCTION, operatorKey: 'kZ8w2Lr5Qm1Xt7Vb', clientOf: () => '93.184.216.1' };
    await using closed = openHandlerShop(bounded, { settings: PRODUCTION_SETTINGS });
    expect(closed.log.filter(([level]) => level === 'warn')).toEqual([]);
  });

  test('a warning names each option that protects less', async () => {
    const open = { rateLimits: 'off', monitoring: 'public', corsOrigins: ['http://shop.example'] } as const;
    const options = { ...PRODUCTION, ...open, operatorKey: 'kZ8w2Lr5Qm1Xt7Vb', clientOf: () => '93.184.216.1' };
    await using shop = openHandlerShop(options, { settings: PRODUCTION_SETTINGS });
    expect(shop.log.filter(([level]) => level === 'warn').map(([, line]) => line)).toEqual([
      expect.stringContaining('rateLimits is off'),
      expect.stringContaining('monitoring is public'),
      expect.stringContaining('corsOrigins has http://shop.example'),
    ]);
  });
});

describe('limits', () => {
  const READS = { rateLimits: { reads: 3 } };
  const from = (address: string): RequestInit => ({ headers: { 'x-real-ip': address } });
  const clientOf = (request: Request) => request.headers.get('x-real-ip');
  const statuses = async (fetch: (path: string, init?: RequestInit) => Promise<Response>, init: RequestInit) => {
    const seen = [];
    for (let n = 0; n < 5; n += 1) seen.push((await fetch(AVAILABILITY, init)).status);
    return seen;
  };

  test('count by the address that clientOf returns', async () => {
    await using shop = openHandlerShop({ ...READS, clientOf });
    expect(await statuses(shop.fetch, from('93.184.216.1'))).toEqual([200, 200, 200, 429, 429]);
    expect(await statuses(shop.fetch, from('93.184.216.2'))).toEqual([200, 200, 200, 429, 429]);
    const refused = await shop.fetch(AVAILABILITY, from('93.184.216.1'));
    expect(refused.headers.get('ratelimit')).toMatch(/^"read";r=0;t=\d+$/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('do not count by an address that is not public, and headers of proxies are not believed', async () => {
    await using shop = openHandlerShop({ ...READS, clientOf });
    expect(await statuses(shop.fetch, from('10.0.0.1'))).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses(shop.fetch, from('no address'))).toEqual([200, 200, 200, 200, 200]);
    const forged = { headers: { 'x-real-ip': '93.184.216.3', 'x-forwarded-for': '1.2.3.4', 'x-client-key': 'k' } };
    expect(await statuses(shop.fetch, forged)).toEqual([200, 200, 200, 429, 429]);
    const others = { headers: { ...forged.headers, 'x-forwarded-for': '5.6.7.8', 'x-client-key': 'other' } };
    expect((await shop.fetch(AVAILABILITY, others)).status).toBe(429);
    const report = await (await shop.fetch('/health/ready')).text();
    expect(report).toContain('see the option clientOf');
  });

  test('can be off', async () => {
    await using shop = openHandlerShop({ rateLimits: 'off', clientOf });
    const answer = await shop.fetch(AVAILABILITY, from('93.184.216.1'));
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
  });

  test('of wrong keys apply to a client', async () => {
    await using shop = openHandlerShop({ rateLimits: { wrongKeys: 1 }, clientOf });
    const tried = async () => {
      const headers = { 'x-real-ip': '93.184.216.9', authorization: 'Bearer guess-of-a-stranger' };
      return (await shop.fetch('/trpc/stock.list', { headers })).status;
    };
    expect([await tried(), await tried()]).toEqual([403, 429]);
  });

  test('go on without the client if clientOf throws, and the error is logged', async () => {
    await using shop = openHandlerShop({
      clientOf: () => {
        throw new Error('a bug of the shop');
      },
    });
    expect((await shop.fetch(AVAILABILITY)).status).toBe(200);
    expect(shop.log.at(-1)?.[1]).toContain('clientOf has thrown');
  });
});

test('without an operator key, only created keys are accepted', async () => {
  const holdfast = createHoldfast({ store: openMemoryStore({ shop: 'main' }) });
  const handler = createHoldfastHandler(holdfast);
  const created = await holdfast.keys.create({ name: 'backend', scopes: ['stock:read'] }, { caller: OPERATOR });
  const asked = async (key: string) =>
    (await handler(new Request('http://shop.test/trpc/stock.list', { headers: { authorization: `Bearer ${key}` } })))
      .status;
  expect(created.ok && (await asked(created.value.key ?? ''))).toBe(200);
  expect([await asked('undefined'), await asked(OPERATOR_KEY)]).toEqual([403, 403]);
  await holdfast.close();
});

test('a payment adapter receives its messages unchanged', async () => {
  const read: string[] = [];
  const adapter: PaymentAdapter = {
    name: 'bank',
    read: async (body, headers) => {
      if (headers.get('x-signature') !== 'valid') throw new NotAuthentic('not signed');
      read.push(body);
      return { ignored: 'a test' };
    },
  };
  await using shop = openHandlerShop({ payments: [adapter] });
  const sent = async (signature: string) =>
    (await shop.fetch('/payments/bank', { method: 'POST', body: ' {"a": 1}', headers: { 'x-signature': signature } }))
      .status;
  expect([await sent('valid'), await sent('forged')]).toEqual([200, 400]);
  expect(read).toEqual([' {"a": 1}']);
});

describe('the base path', () => {
  test('is removed, and other paths are not found', async () => {
    await using shop = openHandlerShop({ basePath: '/shop/v2' });
    const status = async (path: string) => (await shop.handler(new Request(`http://shop.test${path}`))).status;
    expect(await status('/shop/v2/health/live')).toBe(200);
    for (const path of [
      '/health/live',
      '/shop/health/live',
      '/shop/v22/health/live',
      '/shop/v2',
      '/shop%2Fv2/health/live',
    ])
      expect(await status(path)).toBe(404);
    const lines = shop.log.filter(([, line]) => line.includes('outside of the base path'));
    expect(lines).toEqual([['warn', expect.any(String), { basePath: '/shop/v2' }]]);
  });
});

test('a body that was read already is a fault of the program: 500, and the log says why', async () => {
  await using shop = openHandlerShop();
  const request = new Request('http://shop.test/trpc/cart.add', { method: 'POST', body: '{}' });
  await request.text();
  const answer = await shop.handler(request);
  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain('"reason":"internal"');
  expect(shop.log.at(-1)?.[2]).toMatchObject({
    err: { message: expect.stringContaining('before any parser') as string },
  });
});

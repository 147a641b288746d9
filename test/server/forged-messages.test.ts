import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callClassOf } from '../../src/http/admission/call-class.ts';
import { ForgedMessages } from '../../src/http/limits/forged-messages.ts';
import { poll } from '../support/poll.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

const SECRET = 'whsec_of_these_tests';
const LIMIT = 3;

let shop: ShopServer;
let clients = 0;
beforeAll(async () => {
  shop = await startShop({
    TRUST_PROXY: 'loopback',
    CLIENT_KEYS: 'on',
    STRIPE_WEBHOOK_SECRET: SECRET,
    RATE_WRONG_KEYS_MAX: String(LIMIT),
    METRICS: 'private',
  });
});
afterAll(() => shop[Symbol.asyncDispose]());

const newClient = (): Record<string, string> => ({ 'x-client-key': `device-${(clients += 1)}` });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const countOf = async (text: string): Promise<number> => {
  const { text: metrics } = await shop.fetch('/metrics', { headers: bearer(OPERATOR_KEY) });
  return Number(
    metrics
      .split('\n')
      .find((line) => line.startsWith(text))
      ?.split(' ')
      .at(-1) ?? 0,
  );
};

describe('wrong keys of a client', () => {
  test.each(['/health/ready', '/health/live', '/metrics', '/api/v1/stock', '/trpc/stock.list'])(
    'on %s count toward their limit, and are then refused',
    async (path) => {
      const client = newClient();
      const ask = async (headers: Record<string, string> = {}) =>
        (await shop.fetch(path, { headers: { ...client, ...headers } })).status;
      const plain = await ask();
      for (let n = 0; n < LIMIT; n += 1) expect(await ask(bearer(`wrong-${n}`))).not.toBe(429);
      expect(await ask(bearer('wrong-again'))).toBe(429);
      expect(await ask(bearer(OPERATOR_KEY))).toBe(429);
      expect(await ask()).toBe(plain);
      expect((await shop.fetch('/health/ready', { headers: client })).status).toBe(200);
      expect((await shop.fetch('/trpc/stock.list', { headers: { ...client, ...bearer('any') } })).status).toBe(429);
    },
  );

  test('do not include credentials that are not sent as a key, which are ignored', async () => {
    await using own = await startShop({
      RATE_WRONG_KEYS_MAX: String(LIMIT),
      TRUST_PROXY: 'loopback',
      CLIENT_KEYS: 'on',
    });
    const ask = async (authorization: string) =>
      (await own.fetch('/health/ready', { headers: { ...newClient(), authorization } })).status;
    for (const scheme of ['Basic c3RhZ2luZzpzZWNyZXQ=', 'Digest username="a"', 'Token x', 'Bearer'])
      for (let n = 0; n <= LIMIT; n += 1) expect(await ask(scheme)).toBe(200);
    const REFUSED = 'requests with a wrong operator key were refused';
    expect(own.log.filter(({ msg }) => msg === REFUSED)).toEqual([]);
    expect(await ask('Bearer wrong')).toBe(200);
    expect(own.log.filter(({ msg }) => msg === REFUSED)).toHaveLength(1);
    const events = async () => (await own.query('admin.events', {}, { operator: true })).text;
    await poll(async () => (await events()).includes('login.failed'));
    expect((await events()).match(/login\.failed/g)).toHaveLength(1);
  });
});

describe('payment messages', () => {
  const event = JSON.stringify({ id: 'evt_1', object: 'event', type: 'other', data: { object: {} } });
  const post = async (client: Record<string, string>, header: string, path = '/payments/stripe', body = event) =>
    (await shop.fetch(path, { method: 'POST', body, headers: { ...client, 'stripe-signature': header } })).status;
  const signed = () => {
    const timestamp = Math.floor(Date.now() / 1_000);
    return Stripe.webhooks.generateTestHeaderString({ payload: event, secret: SECRET, timestamp });
  };

  test('a flood of forged ones is refused with 429, and rightly signed ones of others are accepted', async () => {
    const [provider, attacker] = [newClient(), newClient()];
    const forged = await Promise.all(Array.from({ length: 40 }, (_, n) => post(attacker, `t=1,v1=${n}`)));
    expect(forged.filter((status) => status === 400)).toHaveLength(LIMIT);
    expect(forged.filter((status) => status === 429)).toHaveLength(40 - LIMIT);
    expect(await post(provider, signed())).toBe(200);
    expect(await post({}, signed())).toBe(200);
    expect(await post(attacker, signed())).toBe(429);
    expect(await countOf('holdfast_rate_limited_total{class="forged"}')).toBeGreaterThanOrEqual(38);
    await poll(() => shop.log.some(({ msg }) => msg === 'forged payment messages'));
  });

  test('the client of a rightly signed one is never refused before the signature is compared', async () => {
    const shared = newClient();
    expect(await post(shared, signed())).toBe(200);
    for (let n = 0; n < LIMIT; n += 1) expect(await post(shared, 'forged')).toBe(400);
    expect(await post(shared, 'forged')).toBe(429);
    expect(await post(shared, signed())).toBe(200);
  });

  test.each([
    ['for no provider', '/payments/none', event],
    ['that are too long', '/payments/stripe', 'x'.repeat(262_145)],
  ])('%s count as forged', async (_name, path, body) => {
    const client = newClient();
    for (let n = 0; n < LIMIT; n += 1) expect([404, 413]).toContain(await post(client, 'forged', path, body));
    expect(await post(client, 'forged', path, body)).toBe(429);
  });

  test('go before shoppers only while their client forges none', () => {
    let now = 0;
    const forged = new ForgedMessages({ limit: LIMIT, now: () => now });
    const classOf = (client: string | undefined) =>
      callClassOf(
        { url: '/payments/stripe', headers: {} },
        () => false,
        () => forged.isSuspect(client),
      );
    for (const client of ['a', undefined]) {
      expect(classOf(client)).toBe('checkout');
      forged.noteForged(client);
      expect(classOf(client)).toBe('shopper');
    }
    expect(classOf('b')).toBe('checkout');
    now += 2 * 60_000;
    for (const client of ['a', undefined]) expect(classOf(client)).toBe('checkout');
  });

  test('of many clients are limited in all', () => {
    const forged = new ForgedMessages({ limit: 1, now: () => 0 });
    const waits = Array.from({ length: 310 }, (_, n) => forged.noteForged(n % 2 === 0 ? `c-${n}` : undefined));
    expect(waits.filter((wait) => wait !== null)).toHaveLength(10);
    expect(forged.waitMs(undefined)).toBeNull();
    expect(forged.waitMs('another')).toBeNull();
  });
});

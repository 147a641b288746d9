import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sessions } from '../../src/api/callers/sessions.ts';
import { type Answer, type Credentials, OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { PROCEDURES } from './input-table.ts';
import type { ProcedureRow } from './procedure-row.ts';

const OPERATOR: Credentials = { operator: true };
const SESSION = 'a-shopper-of-this-test';

let shop: ShopServer;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const call = (server: ShopServer, { path, type }: ProcedureRow, input: unknown, who: Credentials): Promise<Answer> =>
  type === 'query' ? server.query(path, input, who) : server.mutate(path, input, who);

const outcome = ({ status, error }: Answer) => [status, error?.data.reason];

const WRONG_BEARERS: Credentials[] = [
  {},
  { operator: 'wrong' },
  { operator: `${OPERATOR_KEY}x` },
  { operator: OPERATOR_KEY.slice(0, -1) },
  { headers: { authorization: OPERATOR_KEY } },
  { headers: { authorization: `Basic ${OPERATOR_KEY}` } },
  { headers: { authorization: 'Bearer' } },
  { headers: { authorization: `Bearer ${OPERATOR_KEY} ${OPERATOR_KEY}` } },
  { session: SESSION },
  { session: OPERATOR_KEY },
];

describe.each(PROCEDURES.filter(({ who, path }) => who.operator && path !== 'session.create'))('$path', (procedure) => {
  test('is for the operator only, with any input: 401 without credentials, 403 with wrong ones', async () => {
    for (const who of WRONG_BEARERS) {
      const isBare = who.operator === undefined && who.headers === undefined;
      for (const input of [procedure.base, { nonsense: 1 }]) {
        const answer = await call(shop, procedure, input, who);
        expect(outcome(answer)).toEqual([isBare ? 401 : 403, 'not_authorized']);
        expect(answer.error?.data['meta']).toEqual({ credentials: isBare ? 'missing' : 'insufficient' });
        expect(answer.headers.get('www-authenticate')).toBe(isBare ? 'Bearer realm="holdfast"' : null);
      }
    }
  });
});

const NO_SESSIONS: Credentials[] = [
  {},
  { session: '' },
  { session: 'short-1' },
  { session: 's'.repeat(129) },
  { session: 'with a space' },
  { session: 'semi;colon' },
  { session: 'slash/slash' },
];

describe.each(PROCEDURES.filter(({ who }) => who.session))('$path', (procedure) => {
  test('needs a session, with any input', async () => {
    for (const who of NO_SESSIONS) {
      for (const input of [procedure.base, { nonsense: 1 }]) {
        const answer = await call(shop, procedure, input, who);
        expect(outcome(answer)).toEqual([401, 'session_required']);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Session /);
      }
    }
  });

  test('accepts any well-formed id if the server has no secret', async () => {
    for (const session of ['12345678', '_.-_.-_.-', 'Z'.repeat(128)]) {
      expect((await call(shop, procedure, procedure.base, { session })).status).not.toBe(401);
    }
  });
});

test('accepts the bearer scheme in upper and lower case', async () => {
  const headers = { authorization: `bEARER  ${OPERATOR_KEY}` };
  expect((await shop.query('stock.list', undefined, { headers })).status).toBe(200);
});

describe('session.create', () => {
  test('issues a session to anyone, which can have a cart', async () => {
    const { data } = await shop.mutate('session.create', {});
    const { sessionId, expiresAt } = data as { sessionId: string; expiresAt: number };
    expect(sessionId).toMatch(/^[A-Za-z0-9_.-]{8,128}$/);
    expect(expiresAt).toBeGreaterThan(Date.now());
    expect((await shop.query('cart.get', undefined, { session: sessionId })).status).toBe(200);
  });

  test('binds a customer for the operator only, and checks that before the name', async () => {
    for (const customerId of ['customer-1', '', 7, null]) {
      expect(outcome(await shop.mutate('session.create', { customerId }))).toEqual([401, 'not_authorized']);
      const wrong = await shop.mutate('session.create', { customerId }, { operator: 'wrong' });
      expect(outcome(wrong)).toEqual([403, 'not_authorized']);
    }
    const { data, text } = await shop.mutate('session.create', { customerId: 'alice@shop.example' }, OPERATOR);
    expect((data as { sessionId: string }).sessionId).toMatch(/^ses_/);
    expect(text).not.toContain('alice');
  });
});

describe('with SESSION_SECRET', () => {
  const env = { SESSION_SECRET: 'a secret of this test'.replaceAll(' ', '-') };

  test('accepts only issued ids', async () => {
    await using strict = await startShop(env);
    const { data } = await strict.mutate('session.create', {});
    const { sessionId } = data as { sessionId: string };
    const ask = async (session: string) => outcome(await strict.query('cart.get', undefined, { session }));
    expect(await ask(sessionId)).toEqual([200, undefined]);
    for (const forged of [SESSION, `${sessionId}A`, sessionId.slice(0, -1), `A${sessionId}`, sessionId.toUpperCase()]) {
      expect(await ask(forged)).toEqual([401, 'session_required']);
    }
  });

  test('accepts an id of an earlier process until it expires', async () => {
    let now = 1_000_000;
    const sessions = () => new Sessions({ secret: env.SESSION_SECRET, shop: 'main', ttlMs: 5_000, clock: () => now });
    const { sessionId, expiresAt } = sessions().issue({ customerId: 'alice' });
    expect(expiresAt).toBe(1_005_000);
    expect(sessions().open(sessionId)).toMatchObject({ hash: expect.any(String), customer: expect.any(String) });
    now = 1_004_999;
    expect(sessions().open(sessionId)).not.toBeNull();
    now = 1_005_000;
    expect(sessions().open(sessionId)).toBeNull();
  });

  test('refuses an id with any character changed', () => {
    const sessions = new Sessions({ secret: env.SESSION_SECRET, shop: 'main', ttlMs: 5_000, clock: () => 0 });
    const { sessionId } = sessions.issue({ customerId: 'alice' });
    const forgeries = [...sessionId].flatMap((_, at) =>
      ['A', 'B', '.', '-', '0'].map((char) => sessionId.slice(0, at) + char + sessionId.slice(at + 1)),
    );
    expect(forgeries.filter((id) => id !== sessionId && sessions.open(id) !== null)).toEqual([]);
  });
});

test('refuses an expired id, even if the server accepts any id', () => {
  let now = 0;
  const sessions = new Sessions({ shop: 'main', ttlMs: 10, clock: () => now });
  const { sessionId } = sessions.issue();
  expect(sessions.open(sessionId)).not.toBeNull();
  now = 10;
  expect(sessions.open(sessionId)).toBeNull();
  expect(sessions.open('anything-else')).not.toBeNull();
});

test('a customer has the same hash in every session, and another customer has another one', () => {
  const sessions = new Sessions({ shop: 'main', ttlMs: 10, clock: () => 0 });
  const customer = (name?: string) => sessions.open(sessions.issue({ customerId: name }).sessionId)?.customer;
  expect(customer('alice')).toBe(customer('alice'));
  expect(customer('alice')).not.toBe(customer('bob'));
  expect(customer()).toBeNull();
});

describe('orders', () => {
  const place = async (session: string): Promise<string> => {
    await shop.mutate('cart.add', { sku: 'sold', quantity: 1 }, { session });
    const { data } = await shop.mutate('checkout.place', { idempotencyKey: `order of ${session}` }, { session });
    return (data as { orderId: string }).orderId;
  };

  test('are returned to their own session and to the operator; another session does not learn that they exist', async () => {
    await shop.mutate('stock.define', { sku: 'sold' }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'sold', quantity: 5 }, OPERATOR);
    const orderId = await place('the-first-shopper');
    const get = async (who: Credentials) => outcome(await shop.query('orders.get', { orderId }, who));
    expect(await get({ session: 'the-first-shopper' })).toEqual([200, undefined]);
    expect(await get(OPERATOR)).toEqual([200, undefined]);
    expect(await get({ session: 'the-second-shopper' })).toEqual([404, 'unknown_order']);
    expect(await get({})).toEqual([401, 'session_required']);
  });
});

test('with CHECKOUT_PLACE=operator only the operator places orders, for a session', async () => {
  await using strict = await startShop({ CHECKOUT_PLACE: 'operator' });
  await strict.mutate('stock.define', { sku: 'a' }, OPERATOR);
  await strict.mutate('stock.receive', { sku: 'a', quantity: 1 }, OPERATOR);
  await strict.mutate('cart.add', { sku: 'a', quantity: 1 }, { session: SESSION });
  const place = async (who: Credentials) =>
    outcome(await strict.mutate('checkout.place', { idempotencyKey: 'k' }, who));
  expect(await place({ session: SESSION })).toEqual([401, 'not_authorized']);
  expect(await place({ session: SESSION, operator: 'wrong' })).toEqual([403, 'not_authorized']);
  expect(await place(OPERATOR)).toEqual([401, 'session_required']);
  expect(await place({ session: SESSION, operator: true })).toEqual([200, undefined]);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { watch } from '../support/watcher.ts';
import { type Answer, type Credentials, queryPath, type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR: Credentials = { operator: true };
const SETTINGS = { SESSION_SECRET: 'a-secret-of-the-denied-sessions', TRUST_PROXY: 'loopback', CLIENT_KEYS: 'on' };
/** The proxy of these tests names each client. */
const from = (client: string): Record<string, string> => ({ 'x-client-key': client });

let shop: ShopServer;
beforeAll(async () => {
  shop = await startShop(SETTINGS);
  await shop.mutate('stock.define', { sku: 'lamp' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'lamp', quantity: 1_000 }, OPERATOR);
});
afterAll(() => shop[Symbol.asyncDispose]());

const outcome = ({ status, error }: Answer) => [status, error?.data['reason']];
const REVOKED = [401, 'session_required'];
const BLOCKED = [403, 'not_authorized'];
const SERVED = [200, undefined];

async function issue(input: object = {}, who: Credentials = OPERATOR): Promise<string> {
  const { data } = await shop.mutate('session.create', input, who);
  return (data as { sessionId: string }).sessionId;
}

const useOf = async (session: string, headers: Record<string, string> = {}) =>
  outcome(await shop.query('cart.get', undefined, { session, headers }));

const operate = async (path: string, input: object) => {
  const answer = await shop.mutate(path, input, OPERATOR);
  expect(outcome(answer)).toEqual(SERVED);
  return answer.data;
};

/** Adds a unit, and returns the hash of the session. */
async function sessionHash(session: string): Promise<string> {
  const added = await shop.mutate('cart.add', { sku: 'lamp', quantity: 1 }, { session });
  return (added.data as { cartId: string }).cartId.replace('crt_', '');
}

describe('session.revoke', () => {
  test('ends one session, on every path', async () => {
    const [one, other] = [await issue(), await issue()];
    expect([await useOf(one), await useOf(other)]).toEqual([SERVED, SERVED]);
    expect(await operate('session.revoke', { sessionId: one })).toEqual({ revoked: true });
    expect([await useOf(one), await useOf(other)]).toEqual([REVOKED, SERVED]);
    const headers = { 'x-session-id': one };
    expect((await shop.fetch('/api/v1/cart', { headers })).status).toBe(401);
    expect((await shop.fetch('/trpc/cart.get,orders.mine?batch=1&input={}', { headers })).status).toBe(401);
    const merged = await shop.mutate('cart.merge', { fromSessionId: one }, { session: other });
    expect(outcome(merged)).toEqual([400, 'invalid_input']);
    // It may be revoked again.
    await operate('session.revoke', { sessionId: one });
  });

  test('ends the earlier sessions of a customer, and not those of others or later ones', async () => {
    const [ann, ben, guest] = [await issue({ customerId: 'ann' }), await issue({ customerId: 'ben' }), await issue()];
    await operate('session.revoke', { customerId: 'ann' });
    const later = await issue({ customerId: 'ann' });
    expect(await Promise.all([ann, ben, guest, later].map((each) => useOf(each)))).toEqual([
      REVOKED,
      SERVED,
      SERVED,
      SERVED,
    ]);
  });

  test('refuses an id that is not a session, and repeats no part of it', async () => {
    for (const sessionId of ['not-a-session', `${await issue()}A`]) {
      const answer = await shop.mutate('session.revoke', { sessionId }, OPERATOR);
      expect(outcome(answer)).toEqual([400, 'invalid_input']);
      expect(answer.text).not.toContain(sessionId);
    }
    expect(outcome(await shop.mutate('session.revoke', {}, OPERATOR))).toEqual([400, 'invalid_input']);
  });

  test('ends an anonymous session that nobody issued', async () => {
    await using open = await startShop();
    const use = async () => outcome(await open.query('cart.get', undefined, { session: 'made-up-by-me' }));
    expect(await use()).toEqual(SERVED);
    expect(outcome(await open.mutate('session.revoke', { sessionId: 'made-up-by-me' }, OPERATOR))).toEqual(SERVED);
    expect(await use()).toEqual(REVOKED);
  });
});

describe('sessions.block', () => {
  test('refuses a session until it is unblocked, and keeps its cart', async () => {
    const [one, other] = [await issue(), await issue()];
    const session = await sessionHash(one);
    await operate('sessions.block', { session, reason: 'holds stock and never buys' });
    expect(await useOf(one)).toEqual(BLOCKED);
    expect(outcome(await shop.mutate('checkout.begin', { idempotencyKey: 'k' }, { session: one }))).toEqual(BLOCKED);
    expect(
      outcome(await shop.mutate('checkout.place', { idempotencyKey: 'k' }, { ...OPERATOR, session: one })),
    ).toEqual(BLOCKED);
    const merge = () => shop.mutate('cart.merge', { fromSessionId: one }, { session: other });
    expect(outcome(await merge())).toEqual([400, 'invalid_input']);
    expect(await operate('sessions.unblock', { session })).toEqual({ blocked: false });
    expect(await useOf(one)).toEqual(SERVED);
    expect((await shop.query('cart.get', undefined, { session: one })).data).toMatchObject({
      lines: [{ quantity: 1 }],
    });
    expect(outcome(await merge())).toEqual(SERVED);
  });

  test('refuses all that a client calls, its new sessions and its old ones', async () => {
    const attacker = from('attacker');
    const client = await clientOf(attacker);
    const session = await issue({}, { headers: attacker });
    expect(await useOf(session, attacker)).toEqual(SERVED);
    await operate('sessions.block', { client, reason: 'holds stock and never buys' });
    const availability = (headers: Record<string, string>) =>
      shop.query('stock.availability', { skus: ['lamp'] }, { headers });
    expect(await useOf(session, attacker)).toEqual(BLOCKED);
    expect(outcome(await shop.mutate('session.create', {}, { headers: attacker }))).toEqual(BLOCKED);
    expect(outcome(await availability(attacker))).toEqual(BLOCKED);
    expect(outcome(await availability(from('honest')))).toEqual(SERVED);
    const watch = await fetch(shop.url + queryPath('stock.watch', { skus: ['lamp'] }), { headers: attacker });
    expect(await watch.text()).toContain('not_authorized');
    expect(outcome(await shop.query('stock.list', undefined, { ...OPERATOR, headers: attacker }))).toEqual(SERVED);
    // From another place, the session is used by another client.
    expect(await useOf(session, from('elsewhere'))).toEqual(SERVED);
    await operate('session.revoke', { client });
    expect(await useOf(session, from('elsewhere'))).toEqual(REVOKED);
    await operate('sessions.unblock', { client });
    expect(outcome(await availability(attacker))).toEqual(SERVED);
  });

  test('ends the open watches of a client and of a session, and no others', async () => {
    const attacker = from('watches-on');
    const session = await issue();
    const hash = await sessionHash(session);
    /** Only tRPC's adapter serves a request with this header. */
    const slow = { 'trpc-accept': 'text/event-stream' };
    const open = (headers: Record<string, string>) => watch(shop.url, ['lamp'], { headers });
    const ofClient = [open(attacker), open({ ...attacker, ...slow })];
    const ofSession = ['a', 'b'].map((name, index) =>
      open({ ...from(name), 'x-session-id': session, ...(index === 1 && slow) }),
    );
    const honest = [open(from('watches-honestly')), open({ ...from('watches-honestly'), ...slow })];
    const watchers = [...ofClient, ...ofSession, ...honest];
    await Promise.all(watchers.map(({ opened }) => opened));
    await poll(() => watchers.every(({ states }) => states.length > 0));
    let ended = 0;
    for (const each of honest) void each.ended.then(() => (ended += 1));
    await operate('sessions.block', { client: await clientOf(attacker), reason: 'copies the stock' });
    await Promise.all(ofClient.map((each) => each.ended));
    await operate('sessions.block', { session: hash, reason: 'copies the stock' });
    await Promise.all(ofSession.map((each) => each.ended));
    const other = await issue();
    const ofRevoked = open({ ...from('c'), 'x-session-id': other });
    await poll(() => ofRevoked.states.length > 0);
    await operate('session.revoke', { sessionId: other });
    await ofRevoked.ended;
    expect(ended).toBe(0);
    for (const each of honest) each.leave();
  });

  test('a wrong key does not keep a session from being bound to its client', async () => {
    const attacker = from('with-a-wrong-key');
    const session = await issue({}, { operator: 'wrong', headers: attacker });
    await operate('session.revoke', { client: await clientOf(attacker) });
    expect(await useOf(session, from('elsewhere'))).toEqual(REVOKED);
  });

  /** A session knows the client that it was issued to: its second last part. */
  async function clientOf(headers: Record<string, string>): Promise<string> {
    const parts = (await issue({}, { headers })).split('.');
    return `clt_${parts.at(-2)}`;
  }
});

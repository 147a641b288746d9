import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sessions } from '../../src/api/callers/sessions.ts';
import type { Cart, CartAddition, CartMerge } from '../../src/contract/outputs/cart-outputs.ts';
import { type Answer, type Credentials, type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR: Credentials = { operator: true };
const SECRET = 'a-secret-of-these-tests';

let shop: ShopServer;
let made = 0;
beforeAll(async () => {
  shop = await startShop({ SESSION_SECRET: SECRET, LINE_QUANTITY_MAX: '20' });
});
afterAll(() => shop[Symbol.asyncDispose]());

const outcome = ({ status, error }: Answer) => [status, error?.data.reason];
const value = <T>(answer: Answer): T => {
  expect(outcome(answer)).toEqual([200, undefined]);
  return answer.data as T;
};
const sessionOf = async (customerId?: string): Promise<string> => {
  const input = customerId === undefined ? {} : { customerId };
  return value<{ sessionId: string }>(await shop.mutate('session.create', input, OPERATOR)).sessionId;
};
const supply = async (units: number, definition: object = {}): Promise<string> => {
  made += 1;
  const sku = `sku-${made}`;
  value(await shop.mutate('stock.define', { sku, ...definition }, OPERATOR));
  value(await shop.mutate('stock.receive', { sku, quantity: units }, OPERATOR));
  return sku;
};
const add = (session: string, sku: string, quantity: number, more: object = {}) =>
  shop.mutate('cart.add', { sku, quantity, ...more }, { session });
const merge = (session: string, fromSessionId: string, more: object = {}) =>
  shop.mutate('cart.merge', { fromSessionId, ...more }, { session });
const metaOf = ({ error }: Answer) => error?.data.meta;

describe('cart.extend', () => {
  test('accepts no input or a key, and returns the cart, even an empty one', async () => {
    const session = await sessionOf();
    const sku = await supply(5);
    for (const input of [undefined, {}, { idempotencyKey: 'empty' }]) {
      expect(value<Cart>(await shop.mutate('cart.extend', input, { session })).lines).toEqual([]);
    }
    const before = value<Cart>(await add(session, sku, 2));
    const input = { idempotencyKey: 'more time' };
    const after = value<Cart>(await shop.mutate('cart.extend', input, { session }));
    expect(after.lines).toMatchObject([{ sku, quantity: 2, holdId: before.lines[0]!.holdId }]);
    expect(after.lines[0]!.expiresAt).toBeGreaterThanOrEqual(before.lines[0]!.expiresAt);
    const again = value<Cart>(await shop.mutate('cart.extend', input, { session }));
    expect(again.lines).toEqual(after.lines);
  });
});

describe('cart.add with best_effort', () => {
  const granted = async (answer: Promise<Answer>) => value<CartAddition>(await answer).granted;
  const mode = { mode: 'best_effort' };

  test('grants the stock less the safety stock, and adds to an existing line', async () => {
    const [session, other] = [await sessionOf(), await sessionOf()];
    const sku = await supply(9, { safetyStock: 2 });
    expect(await granted(add(other, sku, 3))).toBe(3);
    expect(await granted(add(session, sku, 2, mode))).toBe(2);
    const added = value<CartAddition>(await add(session, sku, 9, mode));
    expect(added).toMatchObject({ granted: 2, lines: [{ sku, quantity: 4 }] });
    const none = await add(session, sku, 4, mode);
    expect([outcome(none), metaOf(none)]).toEqual([
      [409, 'insufficient_stock'],
      { lines: [{ sku, requested: 4, available: 0 }] },
    ]);
  });

  test('is bounded by the limit and by the line’s maximum', async () => {
    const session = await sessionOf();
    const [limited, plenty] = [await supply(99, { limitPerCustomer: 3 }), await supply(99)];
    expect(await granted(add(session, limited, 99, mode))).toBe(3);
    expect(outcome(await add(session, limited, 1, mode))).toEqual([409, 'limit_exceeded']);
    expect(await granted(add(session, plenty, 15, mode))).toBe(15);
    expect(await granted(add(session, plenty, 15, mode))).toBe(5);
    const full = await add(session, plenty, 1, mode);
    expect([outcome(full), metaOf(full)]).toEqual([[409, 'quantity_limit'], { limit: 20 }]);
    expect(outcome(await add(session, plenty, 21))).toEqual([409, 'quantity_limit']);
  });

  test('returns the same for a repeated call, even if the stock has changed', async () => {
    const session = await sessionOf();
    const sku = await supply(4);
    const keyed = { ...mode, idempotencyKey: 'again' };
    expect(await granted(add(session, sku, 9, keyed))).toBe(4);
    value(await shop.mutate('stock.receive', { sku, quantity: 9 }, OPERATOR));
    expect(await granted(add(session, sku, 9, keyed))).toBe(4);
    expect(outcome(await add(session, sku, 8, keyed))).toEqual([422, 'idempotency_mismatch']);
    value(await shop.mutate('cart.clear', {}, { session }));
    expect(value<CartAddition>(await add(session, sku, 9, keyed))).toMatchObject({ granted: 4, lines: [] });
  });
});

describe('cart.merge', () => {
  test('moves a guest’s lines into the customer’s cart, and reports what did not fit', async () => {
    const [guest, ann] = [await sessionOf(), await sessionOf('ann')];
    const [both, limited] = [await supply(30), await supply(9, { limitPerCustomer: 2 })];
    await add(guest, both, 15);
    await add(ann, both, 12);
    await add(guest, limited, 2);
    await add(ann, limited, 1);
    const merged = value<CartMerge>(await merge(ann, guest, { idempotencyKey: 'login' }));
    expect(merged.cart.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      [both, 20],
      [limited, 2],
    ]);
    expect(merged.changes).toEqual([
      { sku: both, from: 27, to: 20, reason: 'line_maximum' },
      { sku: limited, from: 3, to: 2, reason: 'limit' },
    ]);
    const again = value<CartMerge>(await merge(ann, guest, { idempotencyKey: 'login' }));
    expect({ ...again, cart: { ...again.cart, serverTime: 0 } }).toEqual({
      ...merged,
      cart: { ...merged.cart, serverTime: 0 },
    });
    expect(value<Cart>(await shop.query('cart.get', undefined, { session: guest })).lines).toEqual([]);
    expect(outcome(await merge(ann, await sessionOf(), { idempotencyKey: 'login' }))).toEqual([
      422,
      'idempotency_mismatch',
    ]);
  });

  test('refuses the caller’s own session, that of another customer, and an id that is not a session', async () => {
    const [ann, ben, guest] = [await sessionOf('ann'), await sessionOf('ben'), await sessionOf()];
    const clock = { now: Date.now() - 2_000 };
    const issuer = new Sessions({ secret: SECRET, shop: 'main', ttlMs: 1_000, clock: () => clock.now });
    const expired = issuer.issue().sessionId;
    const forged = new Sessions({ secret: 'another', shop: 'main', ttlMs: 1_000_000, clock: Date.now }).issue({
      customerId: 'ann',
    }).sessionId;
    const refused = [ann, ben, expired, forged, `${guest}A`, guest.slice(0, -1), `A${guest}`, 'any-id-at-all'];
    for (const fromSessionId of refused) {
      const answer = await merge(ann, fromSessionId);
      expect(outcome(answer)).toEqual([400, 'invalid_input']);
      expect(metaOf(answer)).toMatchObject({ issues: [{ path: 'fromSessionId' }] });
      expect(answer.text).not.toContain(fromSessionId);
    }
    expect(outcome(await merge(guest, ann))).toEqual([400, 'invalid_input']);
    expect(value<CartMerge>(await merge(ann, guest)).changes).toEqual([]);
    expect(value<CartMerge>(await merge(ann, await sessionOf('ann'))).changes).toEqual([]);
    for (const session of [ann, ben, guest, forged]) expect(shop.logText()).not.toContain(session);
  });

  test('accepts a session that was never issued, if the server accepts any', async () => {
    await using open = await startShop();
    await open.mutate('stock.define', { sku: 'cup' }, OPERATOR);
    await open.mutate('stock.receive', { sku: 'cup', quantity: 3 }, OPERATOR);
    await open.mutate('cart.add', { sku: 'cup', quantity: 3 }, { session: 'guest-of-a-day' });
    const { data } = await open.mutate('session.create', { customerId: 'ann' }, OPERATOR);
    const { sessionId } = data as { sessionId: string };
    const merged = await open.mutate('cart.merge', { fromSessionId: 'guest-of-a-day' }, { session: sessionId });
    expect(merged.data).toMatchObject({ cart: { lines: [{ sku: 'cup', quantity: 3 }] }, changes: [] });
  });
});

describe('limits for each customer', () => {
  const exceeded = (sku: string, limit: number, already: number) => ({ sku, limit, already });

  test('count the units that all sessions of a customer hold and have bought', async () => {
    const [phone, desk, guest] = [await sessionOf('carla'), await sessionOf('carla'), await sessionOf()];
    const sku = await supply(99, { limitPerCustomer: 4 });
    value(await add(phone, sku, 2));
    value(await shop.mutate('checkout.place', { idempotencyKey: 'buy' }, { session: phone }));
    value(await add(phone, sku, 1));
    const refused = await add(desk, sku, 2);
    expect([outcome(refused), metaOf(refused)]).toEqual([[409, 'limit_exceeded'], exceeded(sku, 4, 3)]);
    value(await add(desk, sku, 1));
    value(await add(guest, sku, 4));
    const own = await add(guest, sku, 1);
    expect([outcome(own), metaOf(own)]).toEqual([[409, 'limit_exceeded'], exceeded(sku, 4, 4)]);
  });

  test('keep existing holds when lowered, and count sales from before they were set', async () => {
    const [phone, desk] = [await sessionOf('dora'), await sessionOf('dora')];
    const sku = await supply(99);
    value(await add(phone, sku, 3));
    value(await shop.mutate('checkout.place', { idempotencyKey: 'buy' }, { session: phone }));
    value(await add(phone, sku, 3));
    value(await shop.mutate('stock.define', { sku, limitPerCustomer: 4 }, OPERATOR));
    const refused = await add(desk, sku, 1);
    expect([outcome(refused), metaOf(refused)]).toEqual([[409, 'limit_exceeded'], exceeded(sku, 4, 6)]);
    expect(value<Cart>(await shop.query('cart.get', undefined, { session: phone })).lines).toMatchObject([
      { sku, quantity: 3 },
    ]);
  });

  test('cannot be evaded by an input or a header that names a customer', async () => {
    const session = await sessionOf();
    const sku = await supply(9, { limitPerCustomer: 1 });
    for (const field of ['customer', 'customerId', 'owner']) {
      expect(outcome(await add(session, sku, 1, { [field]: 'ann' }))).toEqual([400, 'invalid_input']);
      const headers = { [`x-${field}`]: 'ann', [`x-${field}-id`]: 'ann' };
      await shop.mutate('cart.add', { sku, quantity: 1 }, { session, headers });
    }
    expect(outcome(await add(session, sku, 1))).toEqual([409, 'limit_exceeded']);
    expect(outcome(await shop.mutate('session.create', { customerId: 'ann' }, { session }))).toEqual([
      401,
      'not_authorized',
    ]);
  });

  test('refuse a session whose customer was altered', async () => {
    const [ann, ben] = [await sessionOf('ann'), await sessionOf('ben')];
    const customerOf = (session: string) => session.split('.')[2]!;
    const altered = [
      ben.replace(customerOf(ben), customerOf(ann)),
      ben.replace(customerOf(ben), '-'),
      (await sessionOf()).replace('.-.', `.${customerOf(ann)}.`),
    ];
    for (const session of altered) {
      expect(outcome(await shop.query('cart.get', undefined, { session }))).toEqual([401, 'session_required']);
    }
  });

  test('treat an invented id that looks like a customer’s as an anonymous session', async () => {
    await using open = await startShop();
    await open.mutate('stock.define', { sku: 'cup', limitPerCustomer: 1 }, OPERATOR);
    await open.mutate('stock.receive', { sku: 'cup', quantity: 9 }, OPERATOR);
    const { data } = await open.mutate('session.create', { customerId: 'ann' }, OPERATOR);
    const { sessionId } = data as { sessionId: string };
    const buy = async (session: string) =>
      outcome(await open.mutate('cart.add', { sku: 'cup', quantity: 1 }, { session }));
    const altered = `${sessionId.slice(0, -1)}${sessionId.endsWith('A') ? 'E' : 'A'}`;
    expect(await buy(altered)).toEqual([200, undefined]);
    expect(await buy(sessionId)).toEqual([200, undefined]);
    expect(await buy(sessionId)).toEqual([409, 'limit_exceeded']);
  });
});

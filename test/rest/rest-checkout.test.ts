import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedEngine, type Opened, redisEngine } from '../support/engines.ts';
import { ask, must, type RestAnswer } from '../support/rest-caller.ts';
import { headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR = { operator: true };
const PATH = '/orders/checkout/';
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

interface Order {
  orderId: string;
  total: unknown;
  lines: { sku: string; quantity: number; unitPrice?: unknown }[];
}

let shops = 0;
const newSku = () => `sku-${(shops += 1)}`;
const newSession = () => ({ session: `shopper-${(shops += 1)}-at-the-checkout` });

describe.each([embeddedEngine, redisEngine])('a whole checkout on $name', (engine) => {
  let shop: ShopServer;
  let opened: Opened;
  beforeAll(async () => {
    await engine.start();
    opened = await engine.open({ now: Date.now() });
    shop = await startShop({ LOG_LEVEL: 'error', LINE_QUANTITY_MAX: '100' }, opened.store);
  });
  afterAll(async () => {
    const audit = await must<{ ok: boolean; liveHolds: number }>(shop.url, 'admin.audit', {}, OPERATOR);
    await shop[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    await engine.stop();
    if (!audit.ok || audit.liveHolds > 0) throw new Error(`unsound, or something is held: ${JSON.stringify(audit)}`);
  });

  const stocked = async (quantity: number, more: Record<string, unknown> = {}): Promise<string> => {
    const sku = newSku();
    await must(shop.url, 'stock.define', { sku, unitPrice: EUR(500), ...more }, OPERATOR);
    await must(shop.url, 'stock.receive', { sku, quantity }, OPERATOR);
    return sku;
  };
  const level = async (sku: string) => {
    const { onHand, reserved } = await must<{ onHand: number; reserved: number }>(
      shop.url,
      'stock.level',
      { sku },
      OPERATOR,
    );
    return { onHand, reserved };
  };
  const buy = (body: unknown, who: object, key?: string): Promise<RestAnswer> =>
    ask(shop.url, 'POST', PATH, {
      ...who,
      body,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });

  test('sells items without a cart, and the slash is optional', async () => {
    const sku = await stocked(5);
    const who = newSession();
    const items = [
      { sku, quantity: 1 },
      { sku, quantity: 1 },
    ];
    const first = await buy({ items, expectedTotal: EUR(1000) }, who, 'one');
    expect(first.body).toMatchObject({
      status: 'placed',
      total: EUR(1000),
      lines: [{ sku, quantity: 2, returned: 0 }],
    });
    const again = await ask(shop.url, 'POST', '/orders/checkout', {
      ...who,
      body: { items, expectedTotal: EUR(1000), idempotencyKey: 'one' },
    });
    expect(again.body).toEqual(first.body);
    expect(await level(sku)).toEqual({ onHand: 3, reserved: 0 });
  });

  test('sells the cart with them, with one line at the present price for a SKU of both', async () => {
    const [both, only, extra] = [await stocked(5), await stocked(5), await stocked(5)];
    const who = newSession();
    await must(shop.url, 'cart.add', { sku: both, quantity: 1 }, who);
    await must(shop.url, 'cart.add', { sku: only, quantity: 2 }, who);
    await must(shop.url, 'stock.define', { sku: both, unitPrice: EUR(900) }, OPERATOR);
    const { body } = await buy(
      {
        items: [
          { sku: both, quantity: 2 },
          { sku: extra, quantity: 1 },
        ],
      },
      who,
      'k',
    );
    expect((body as Order).lines).toEqual([
      { sku: both, quantity: 3, returned: 0, unitPrice: EUR(900), repriced: true },
      { sku: only, quantity: 2, returned: 0, unitPrice: EUR(500) },
      { sku: extra, quantity: 1, returned: 0, unitPrice: EUR(500) },
    ]);
    expect([await level(both), await level(only), await level(extra)]).toEqual([
      { onHand: 2, reserved: 0 },
      { onHand: 3, reserved: 0 },
      { onHand: 4, reserved: 0 },
    ]);
    expect(await must(shop.url, 'cart.get', {}, who)).toMatchObject({ lines: [], expired: [], version: 0 });
  });

  test('sells the cart alone without items', async () => {
    const sku = await stocked(5);
    const who = newSession();
    expect((await buy({}, who, 'k')).error).toMatchObject({ reason: 'cart_empty' });
    await must(shop.url, 'cart.add', { sku, quantity: 2 }, who);
    expect((await buy({}, who, 'k')).body).toMatchObject({ lines: [{ sku, quantity: 2 }] });
  });

  test('a refusal of one item leaves nothing held and the cart as it was', async () => {
    const [inCart, plenty, scarce] = [await stocked(5), await stocked(5), await stocked(1)];
    const limited = await stocked(9, { limitPerCustomer: 2 });
    const who = newSession();
    await must(shop.url, 'cart.add', { sku: inCart, quantity: 2 }, who);
    const { lines } = await must(shop.url, 'cart.get', {}, who);
    const cases: [Record<string, unknown>, string][] = [
      [
        {
          items: [
            { sku: plenty, quantity: 1 },
            { sku: scarce, quantity: 2 },
          ],
        },
        'insufficient_stock',
      ],
      [
        {
          items: [
            { sku: plenty, quantity: 1 },
            { sku: limited, quantity: 3 },
          ],
        },
        'limit_exceeded',
      ],
      [
        {
          items: [
            { sku: plenty, quantity: 1 },
            { sku: 'never-heard-of', quantity: 1 },
          ],
        },
        'unknown_sku',
      ],
      [{ items: [{ sku: inCart, quantity: 99 }] }, 'quantity_limit'],
      [{ items: [{ sku: plenty, quantity: 1 }], expectedTotal: EUR(1) }, 'cart_changed'],
      [{ items: [] }, 'invalid_input'],
    ];
    for (const [body, reason] of cases) expect((await buy(body, who, 'k')).error?.reason).toBe(reason);
    expect(await must(shop.url, 'cart.get', {}, who)).toMatchObject({ lines });
    for (const sku of [plenty, limited]) expect((await level(sku)).reserved).toBe(0);
    expect(await level(scarce)).toEqual({ onHand: 1, reserved: 0 });
    expect(await level(inCart)).toEqual({ onHand: 5, reserved: 2 });
    expect((await buy({ items: [{ sku: plenty, quantity: 1 }] }, who, 'k')).status).toBe(200);
  });

  test('counts against the limit of the customer', async () => {
    const sku = await stocked(9, { limitPerCustomer: 2 });
    const { sessionId } = await must<{ sessionId: string }>(
      shop.url,
      'session.create',
      { customerId: `c-${sku}` },
      OPERATOR,
    );
    const who = { session: sessionId };
    const bought = await buy({ items: [{ sku, quantity: 2 }] }, who, 'k1');
    expect(bought.status).toBe(200);
    expect((await buy({ items: [{ sku, quantity: 1 }] }, who, 'k2')).error).toMatchObject({ reason: 'limit_exceeded' });
    const { orderId } = bought.body as Order;
    const back = { orderId, lines: [{ sku, quantity: 1 }], restock: true, reason: 'too small', idempotencyKey: 'back' };
    await must(shop.url, 'orders.return', back, OPERATOR);
    expect((await buy({ items: [{ sku, quantity: 1 }] }, who, 'k2')).status).toBe(200);
  });

  test('needs one key, and refuses two different ones and the same key for another purchase', async () => {
    const sku = await stocked(5);
    const who = newSession();
    const items = [{ sku, quantity: 1 }];
    const issues = [{ path: 'idempotencyKey', message: expect.any(String) }];
    expect((await buy({ items }, who)).error).toMatchObject({ reason: 'invalid_input', meta: { issues } });
    const both = await buy({ items, idempotencyKey: 'a' }, who, 'b');
    expect(both.error).toMatchObject({ reason: 'invalid_input', meta: { issues } });
    expect((await buy({ items, idempotencyKey: 'a' }, who, 'a')).status).toBe(200);
    expect((await buy({ items: [{ sku, quantity: 2 }] }, who, 'a')).error?.reason).toBe('idempotency_mismatch');
    expect(await level(sku)).toEqual({ onHand: 4, reserved: 0 });
  });

  test('creates one order for fifty concurrent calls with one key', async () => {
    const [sku, inCart] = [await stocked(50), await stocked(50)];
    const who = newSession();
    await must(shop.url, 'cart.add', { sku: inCart, quantity: 1 }, who);
    const body = {
      items: [
        { sku, quantity: 2 },
        { sku: inCart, quantity: 1 },
      ],
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => buy(body, who, 'one key')));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map(({ body: order }) => (order as Order).orderId)).size).toBe(1);
    expect([await level(sku), await level(inCart)]).toEqual([
      { onHand: 48, reserved: 0 },
      { onHand: 48, reserved: 0 },
    ]);
  });

  test('sells seven units to fifty shoppers in seven orders, with nothing held or oversold', async () => {
    const [scarce, plenty] = [await stocked(7), await stocked(100)];
    const items = [
      { sku: plenty, quantity: 1 },
      { sku: scarce, quantity: 1 },
    ];
    const answers = await Promise.all(Array.from({ length: 50 }, () => buy({ items }, newSession(), 'mine')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    const refused = answers.filter(({ status }) => status !== 200).map(({ error }) => error?.reason);
    expect(refused).toEqual(Array(43).fill('insufficient_stock'));
    expect([await level(scarce), await level(plenty)]).toEqual([
      { onHand: 0, reserved: 0 },
      { onHand: 93, reserved: 0 },
    ]);
  });

  test('sells nothing twice when a call is retried after a lost reply', async () => {
    const sku = await stocked(40);
    for (let round = 0; round < 20; round += 1) {
      const who = newSession();
      const body = { items: [{ sku, quantity: 2 }] };
      await hangUp(shop.url, body, { ...headersOf(who), 'idempotency-key': 'k' }, round % 2 === 0);
      const [one, two] = await Promise.all([buy(body, who, 'k'), buy(body, who, 'k')]);
      expect([one.status, two.body]).toEqual([200, one.body]);
    }
    expect(await level(sku)).toEqual({ onHand: 0, reserved: 0 });
  });
});

test('only the operator checks out if only the operator may place orders', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'error', CHECKOUT_PLACE: 'operator' });
  await must(shop.url, 'stock.define', { sku: 'a' }, OPERATOR);
  await must(shop.url, 'stock.receive', { sku: 'a', quantity: 1 }, OPERATOR);
  const body = { items: [{ sku: 'a', quantity: 1 }], idempotencyKey: 'k' };
  const who = newSession();
  expect((await ask(shop.url, 'POST', PATH, { ...who, body })).error?.reason).toBe('not_authorized');
  expect((await ask(shop.url, 'POST', PATH, { ...OPERATOR, body })).error?.reason).toBe('session_required');
  expect((await ask(shop.url, 'POST', PATH, { ...who, ...OPERATOR, body })).status).toBe(200);
});

/** Sends a checkout and disconnects before the answer: at once, or after its first byte. */
function hangUp(url: string, body: unknown, headers: Record<string, string>, atOnce: boolean): Promise<void> {
  const text = JSON.stringify(body);
  return new Promise((resolve) => {
    const sent = request(`${url}/api/v1${PATH}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    sent.on('close', resolve).on('error', () => undefined);
    sent.on('response', (incoming) => incoming.destroy());
    sent.end(text, () => {
      if (atOnce) sent.destroy();
    });
  });
}

import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NotAuthentic, type PaymentAdapter } from '../../src/adapters/payment-adapter.ts';
import { openStripeAdapter } from '../../src/adapters/stripe-adapter.ts';
import { Overloaded } from '../../src/actor/batcher-errors.ts';
import { StoreError } from '../../src/store/store.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { put, transaction } from '../support/transactions.ts';
import { type Answer, type Credentials, type ShopServer, startShop } from '../support/shop-server.ts';

const SECRET = 'whsec_of_these_tests';
const NOW = 1_780_000_000_000;
const OPERATOR: Credentials = { operator: true };
const PRICE = 500;
/** Covers every order of these tests. */
const PLENTY = 1_000_000;

interface SessionFields {
  orderId?: string;
  reference?: string | null;
  paymentStatus?: string | null;
  intent?: string | { id: string } | null;
  id?: string;
  subtotal?: number | null;
  currency?: string | null;
  mode?: string | null;
  metadata?: Record<string, string>;
  /** A field of the event, not of the session. */
  account?: string | undefined;
  context?: string;
  livemode?: boolean;
}

/** An event of Stripe with the fields that Holdfast reads. */
function event(type: string, fields: SessionFields = {}): string {
  const {
    orderId,
    reference = null,
    paymentStatus = 'paid',
    intent = 'pi_1',
    id = 'cs_test_1',
    subtotal = PLENTY,
    currency = 'eur',
    mode = 'payment',
    metadata = {},
    livemode = false,
    account,
    context,
  } = fields;
  const object = {
    id,
    object: 'checkout.session',
    client_reference_id: reference,
    mode,
    metadata: { ...metadata, ...(orderId === undefined ? {} : { orderId }) },
    payment_status: paymentStatus,
    payment_intent: intent,
    amount_subtotal: subtotal,
    currency,
  };
  return JSON.stringify({ id: 'evt_1', object: 'event', livemode, account, context, type, data: { object } });
}

const signed = (payload: string, at = Date.now(), secret = SECRET): string =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(at / 1_000) });

describe('reading a message of Stripe', () => {
  let adapter: PaymentAdapter;
  beforeAll(async () => {
    adapter = await openStripeAdapter({ webhookSecret: SECRET, clock: () => NOW });
  });
  const read = (payload: string, header = signed(payload, NOW)) =>
    adapter.read(payload, new Headers({ 'stripe-signature': header }));
  const session = { orderId: 'ord_1', paymentReference: 'pi_1', sessionReference: 'cs_test_1' };
  const paid = { ...session, outcome: 'paid', amount: { amount: PLENTY, currency: 'EUR' } };

  test.each([
    ['checkout.session.completed', {}, paid],
    ['checkout.session.completed', { paymentStatus: 'no_payment_required' }, paid],
    ['checkout.session.completed', { paymentStatus: 'unpaid' }, null],
    ['checkout.session.async_payment_succeeded', {}, paid],
    ['checkout.session.async_payment_failed', {}, { ...session, outcome: 'failed' }],
    ['checkout.session.expired', { paymentStatus: 'unpaid' }, { ...session, outcome: 'failed' }],
    ['payment_intent.succeeded', {}, null],
    ['customer.created', {}, null],
  ])('%s %j', (type, fields, notice) => {
    expect(read(event(type, { orderId: 'ord_1', ...fields }))).toEqual(notice);
  });

  /** Returns the order that a message names; undefined if the message is ignored, with the reason in the log. */
  const orderOf = async (payload: string, by = adapter) => {
    const reading = await by.read(payload, new Headers({ 'stripe-signature': signed(payload, NOW) }));
    return reading && ('orderId' in reading ? reading.orderId : undefined);
  };

  test.each<[string, SessionFields, string | null]>([
    ['the metadata', { orderId: 'ord_1' }, 'ord_1'],
    ['the metadata, not the reference', { orderId: 'ord_1', reference: 'ord_2' }, 'ord_1'],
    ['a reference alone, which a buyer can set in a payment link', { reference: 'ord_2' }, null],
    ['nothing', {}, null],
    ['another system’s id', { reference: 'cart-7' }, null],
    ['no id at all', { orderId: 'ord_a b' }, null],
    ['an id that is too long', { orderId: `ord_${'a'.repeat(97)}` }, null],
  ])('the order is named by %s', async (_, fields, orderId) => {
    expect(await orderOf(event('checkout.session.completed', fields))).toBe(orderId);
  });

  test('accepts client_reference_id as the order if that is configured', async () => {
    const clientReference = true;
    const trusting = await openStripeAdapter({ webhookSecret: SECRET, clock: () => NOW, clientReference });
    expect(await orderOf(event('checkout.session.completed', { reference: 'ord_2' }), trusting)).toBe('ord_2');
    const both = event('checkout.session.completed', { orderId: 'ord_1', reference: 'ord_2' });
    expect(await orderOf(both, trusting)).toBe('ord_1');
  });

  test.each<[string, SessionFields]>([
    ['the mode setup', { mode: 'setup', subtotal: null, currency: null }],
    ['the mode subscription', { mode: 'subscription' }],
    ['no mode', { mode: null }],
    ['no payment status', { paymentStatus: null }],
    ['an unknown payment status', { paymentStatus: 'authorized' }],
    ['no amount', { subtotal: null }],
    ['no amount, and nothing to pay', { subtotal: null, paymentStatus: 'no_payment_required' }],
    ['no currency', { currency: null }],
    ['an amount that is not whole', { subtotal: 10.5 }],
    ['a negative amount', { subtotal: -1 }],
    ['another account', { account: 'acct_2' }],
    ['another account in its context', { account: undefined, context: 'acct_2' }],
    ['another account of an organization', { account: undefined, context: 'org_1/acct_2' }],
    ['test mode', { livemode: false }],
  ])('a session with %s pays for nothing', async (_, fields) => {
    const options = { webhookSecret: SECRET, clock: () => NOW, accounts: ['acct_1'], liveOnly: true };
    const strict = await openStripeAdapter(options);
    const good = { orderId: 'ord_1', livemode: true, account: 'acct_1' };
    for (const type of ['checkout.session.completed', 'checkout.session.async_payment_succeeded']) {
      expect(await orderOf(event(type, good), strict)).toBe('ord_1');
      const organized = { ...good, account: undefined, context: 'org_1/acct_1' };
      expect(await orderOf(event(type, organized), strict)).toBe('ord_1');
      expect(await orderOf(event(type, { ...good, ...fields }), strict)).toBeUndefined();
    }
  });

  test('ignores a session of another shop on the same account', async () => {
    const own = await openStripeAdapter({ webhookSecret: SECRET, clock: () => NOW, shop: 'main' });
    const of = (shop: string) => event('checkout.session.completed', { orderId: 'ord_1', metadata: { shop } });
    expect([await orderOf(of('main'), own), await orderOf(of('other'), own)]).toEqual(['ord_1', null]);
  });

  test.each([
    ['ISK', 50_000, 500],
    ['UGX', 50_099, 500],
    ['MGA', 500, 50_000],
    ['JPY', 500, 500],
    ['KWD', 500, 500],
    ['HUF', 500, 500],
  ])('%s: %i units of Stripe are %i of the shop', async (currency, subtotal, amount) => {
    const fields = { orderId: 'ord_1', subtotal, currency: currency.toLowerCase() };
    expect(await read(event('checkout.session.completed', fields))).toMatchObject({ amount: { amount, currency } });
  });

  test.each<[NonNullable<SessionFields['intent']> | null, string]>([
    ['pi_7', 'pi_7'],
    [{ id: 'pi_8' }, 'pi_8'],
    [null, 'cs_test_1'],
  ])('the payment %j is named %s', async (intent, paymentReference) => {
    const notice = await read(event('checkout.session.completed', { orderId: 'ord_1', intent }));
    expect(notice).toMatchObject({ paymentReference });
  });

  test('returns the subtotal, with an uppercase currency', async () => {
    const fields = { orderId: 'ord_1', subtotal: 1_500 };
    const amount = { amount: 1_500, currency: 'EUR' };
    expect(await read(event('checkout.session.completed', fields))).toMatchObject({ amount });
  });

  const payload = event('checkout.session.completed', { orderId: 'ord_1' });
  test.each([
    ['no signature', ''],
    ['nonsense', 'nonsense'],
    ['another secret', signed(payload, NOW, 'whsec_of_somebody_else')],
    ['the signature of another body', signed(`${payload} `, NOW)],
    ['a message that is too old', signed(payload, NOW - 301_000)],
    ['an old signature under a new time', signed(payload, NOW - 301_000).replace(/t=\d+/, `t=${NOW / 1_000}`)],
  ])('%s is not authentic', (_, header) => {
    expect(() => read(payload, header)).toThrow(NotAuthentic);
  });

  test('accepts a message of five minutes', () => {
    expect(read(payload, signed(payload, NOW - 300_000))).not.toBeNull();
  });

  test('refuses a signed body that is not JSON as not authentic', () => {
    expect(() => read('{', signed('{', NOW))).toThrow(NotAuthentic);
  });
});

describe('POST /payments/stripe', () => {
  let shop: ShopServer;
  let shoppers = 0;
  const hooks: Hooks = {};
  const store = openMemoryStore({ shop: 'main' });

  beforeAll(async () => {
    shop = await startShop({ STRIPE_WEBHOOK_SECRET: SECRET }, hookedStore(store, hooks));
    await shop.mutate('stock.define', { sku: 'mug', unitPrice: { amount: PRICE, currency: 'EUR' } }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'mug', quantity: 100 }, OPERATOR);
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const post = (payload: string, header = signed(payload)): Promise<Answer> =>
    shop.fetch('/payments/stripe', { method: 'POST', body: payload, headers: { 'stripe-signature': header } });

  const begin = async (quantity = 2, sku = 'mug'): Promise<string> => {
    shoppers += 1;
    const session = { session: `stripe-shopper-${shoppers}` };
    await shop.mutate('cart.add', { sku, quantity }, session);
    const { data } = await shop.mutate('checkout.begin', { idempotencyKey: 'k' }, session);
    return (data as { orderId: string }).orderId;
  };
  const order = async (orderId: string) => (await shop.query('orders.get', { orderId }, OPERATOR)).data;
  const onHand = async () => {
    const { data } = await shop.query('stock.level', { sku: 'mug' }, OPERATOR);
    const { onHand, reserved } = data as { onHand: number; reserved: number };
    return [onHand, reserved];
  };
  const outcome = ({ status, text }: Answer): unknown => [status, JSON.parse(text) as unknown];
  const SETTLED = [200, { status: 'settled' }];
  const logged = (message: string) => shop.log.findLast(({ msg }) => msg === message);

  test('sells the order of a paid session once, however often the message arrives', async () => {
    const [units] = await onHand();
    const orderId = await begin();
    const paid = event('checkout.session.completed', { orderId, subtotal: 2 * PRICE, currency: 'eur' });
    const answers = await Promise.all([post(paid), post(paid), post(paid)]);
    expect([...answers, await post(paid)].map(outcome)).toEqual(Array.from({ length: 4 }, () => SETTLED));
    expect(await order(orderId)).toMatchObject({ status: 'placed', paymentReference: 'pi_1' });
    expect(await onHand()).toEqual([units! - 2, 0]);
    const { data } = await shop.query('stock.history', { sku: 'mug', limit: 1 }, OPERATOR);
    const cause = { by: 'stripe', reference: 'pi_1' };
    expect(data).toMatchObject({ movements: [{ kind: 'consumed', orderId, cause }] });
  });

  test('releases the stock of an expired session, and treats a payment after that as late', async () => {
    const [units] = await onHand();
    const orderId = await begin();
    const expired = event('checkout.session.expired', { orderId, paymentStatus: 'unpaid' });
    expect(outcome(await post(expired))).toEqual(SETTLED);
    expect(await order(orderId)).toMatchObject({ status: 'expired' });
    expect(await onHand()).toEqual([units, 0]);
    const paid = event('checkout.session.completed', { orderId });
    expect(outcome(await post(paid))).toEqual(SETTLED);
    expect(outcome(await post(expired))).toEqual(SETTLED);
    expect(await order(orderId)).toMatchObject({ status: 'placed' });
    expect(await onHand()).toEqual([units! - 2, 0]);
  });

  test('does not end an order when an old session expires and a newer one is paid', async () => {
    const orderId = await begin();
    for (const paymentReference of ['cs_old', 'cs_new']) {
      await shop.mutate('checkout.attachPayment', { orderId, paymentReference }, OPERATOR);
    }
    const ends = async (id: string, type = 'expired') =>
      outcome(await post(event(`checkout.session.${type}`, { orderId, id, intent: null, paymentStatus: 'unpaid' })));
    for (const type of ['expired', 'async_payment_failed']) {
      expect(await ends('cs_old', type)).toEqual(SETTLED);
      expect(await order(orderId)).toMatchObject({ status: 'awaiting_payment', paymentReference: 'cs_new' });
    }
    expect(await ends('cs_new')).toEqual(SETTLED);
    expect(await order(orderId)).toMatchObject({ status: 'expired' });
  });

  test('keeps the order waiting for a pending payment until its result arrives', async () => {
    const [yes, no] = [await begin(), await begin()];
    for (const orderId of [yes, no]) {
      const completed = event('checkout.session.completed', { orderId, paymentStatus: 'unpaid' });
      expect(outcome(await post(completed))).toEqual([200, { status: 'ignored' }]);
      expect(await order(orderId)).toMatchObject({ status: 'awaiting_payment' });
    }
    await post(event('checkout.session.async_payment_succeeded', { orderId: yes }));
    await post(event('checkout.session.async_payment_failed', { orderId: no }));
    expect(await order(yes)).toMatchObject({ status: 'placed' });
    expect(await order(no)).toMatchObject({ status: 'expired' });
  });

  test('bug 8: a payment after the stock is gone is refund_due, always with the same answer, and is logged', async () => {
    const orderId = await begin();
    await post(event('checkout.session.expired', { orderId, paymentStatus: 'unpaid' }));
    const [units] = await onHand();
    await shop.mutate('stock.count', { sku: 'mug', onHand: 0 }, OPERATOR);
    const paid = event('checkout.session.completed', { orderId });
    const tooLate = [200, { status: 'unsettled', reason: 'payment_too_late' }];
    expect(outcome(await post(paid))).toEqual(tooLate);
    expect(logged('a payment has to be refunded or checked')).toMatchObject({
      orderId,
      paymentReference: 'pi_1',
      reason: 'payment_too_late',
    });
    await shop.mutate('stock.count', { sku: 'mug', onHand: units }, OPERATOR);
    expect(outcome(await post(paid))).toEqual(tooLate);
    expect(await order(orderId)).toMatchObject({ status: 'refund_due' });
    expect(await onHand()).toEqual([units, 0]);
  });

  test.each<[string, SessionFields]>([
    ['less than it costs', { subtotal: 2 * PRICE - 1, currency: 'eur' }],
    ['another currency', { subtotal: 2 * PRICE, currency: 'jpy' }],
  ])('a session over %s does not pay for an order', async (_, fields) => {
    const orderId = await begin();
    const paid = event('checkout.session.completed', { orderId, ...fields });
    expect(outcome(await post(paid))).toEqual([200, { status: 'unsettled', reason: 'amount_mismatch' }]);
    expect(await order(orderId)).toMatchObject({ status: 'awaiting_payment' });
  });

  test('does not sell an order with an unpriced line for too small a payment, in time or late', async () => {
    await shop.mutate('stock.define', { sku: 'card' }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'card', quantity: 9 }, OPERATOR);
    const session = { session: 'shopper-of-a-card' };
    for (const line of [
      { sku: 'mug', quantity: 10 },
      { sku: 'card', quantity: 1 },
    ]) {
      await shop.mutate('cart.add', line, session);
    }
    const { data } = await shop.mutate('checkout.begin', { idempotencyKey: 'k' }, session);
    const { orderId, total } = data as { orderId: string; total: unknown };
    expect(total).toBeNull();
    const pays = async (subtotal: number) =>
      outcome(await post(event('checkout.session.completed', { orderId, subtotal })));
    const mismatch = [200, { status: 'unsettled', reason: 'amount_mismatch' }];
    expect(await pays(100)).toEqual(mismatch);
    expect(await order(orderId)).toMatchObject({ status: 'awaiting_payment' });
    await post(event('checkout.session.expired', { orderId, paymentStatus: 'unpaid' }));
    expect(await pays(10 * PRICE - 1)).toEqual(mismatch);
    expect(await order(orderId)).toMatchObject({ status: 'expired' });
    expect(await pays(10 * PRICE)).toEqual(SETTLED);
  });

  test('does not accept 500 of Stripe’s units, which are 5 ISK, for 500 ISK', async () => {
    await shop.mutate('stock.define', { sku: 'skyr', unitPrice: { amount: 500, currency: 'ISK' } }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'skyr', quantity: 9 }, OPERATOR);
    const orderId = await begin(1, 'skyr');
    const paid = (subtotal: number) => event('checkout.session.completed', { orderId, subtotal, currency: 'isk' });
    expect(outcome(await post(paid(500)))).toEqual([200, { status: 'unsettled', reason: 'amount_mismatch' }]);
    expect(outcome(await post(paid(50_000)))).toEqual(SETTLED);
  });

  test('sells a free order for a session with a total of 0', async () => {
    await shop.mutate('stock.define', { sku: 'leaflet', unitPrice: { amount: 0, currency: 'EUR' } }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'leaflet', quantity: 9 }, OPERATOR);
    const free = { subtotal: 0, intent: null, paymentStatus: 'no_payment_required' };
    const [mug, leaflet] = [await begin(1), await begin(1, 'leaflet')];
    expect(outcome(await post(event('checkout.session.completed', { orderId: leaflet, ...free })))).toEqual(SETTLED);
    const costs = outcome(await post(event('checkout.session.completed', { orderId: mug, ...free })));
    expect(costs).toEqual([200, { status: 'unsettled', reason: 'amount_mismatch' }]);
  });

  test.each([
    ['no data', { type: 'checkout.session.completed' }],
    ['data without an object', { type: 'checkout.session.completed', data: {} }],
    ['data that is a text', { type: 'checkout.session.expired', data: 'gone' }],
    ['metadata that is a number', { type: 'checkout.session.completed', data: { object: { id: 'cs', metadata: 7 } } }],
    ['no type', {}],
    ['nothing', null],
    ['a list', [1, 2]],
  ])('ignores an event with %s, and logs it once', async (_, value) => {
    const lines = () => shop.log.filter(({ msg }) => String(msg).startsWith('ignored: ')).length;
    const before = lines();
    expect(outcome(await post(JSON.stringify(value)))).toEqual([200, { status: 'ignored' }]);
    expect(lines()).toBe(before + 1);
  });

  test('ignores an order of another shop on the same account without a log line', async () => {
    const alarms = () => shop.log.filter(({ msg }) => msg === 'a payment has to be refunded or checked').length;
    const before = alarms();
    const other = event('checkout.session.completed', { orderId: 'ord_of_another', metadata: { shop: 'other' } });
    expect(outcome(await post(other))).toEqual([200, { status: 'ignored' }]);
    expect(alarms()).toBe(before);
  });

  test('answers 200 if another delivery cannot help', async () => {
    const [placed, cancelled] = [await begin(), await begin()];
    await post(event('checkout.session.completed', { orderId: placed }));
    await shop.mutate('checkout.cancel', { orderId: cancelled }, OPERATOR);
    const paid = (orderId: string) => post(event('checkout.session.completed', { orderId, intent: 'pi_2' }));
    const unsettled = (reason: string) => [200, { status: 'unsettled', reason }];
    expect(outcome(await paid(placed))).toEqual(unsettled('order_state'));
    expect(outcome(await paid(cancelled))).toEqual(unsettled('order_state'));
    expect(outcome(await paid('ord_unknown'))).toEqual(unsettled('unknown_order'));
    const expired = event('checkout.session.expired', { orderId: 'ord_unknown' });
    expect(outcome(await post(expired))).toEqual([200, { status: 'ignored' }]);
    expect(outcome(await post(event('checkout.session.completed')))).toEqual([200, { status: 'ignored' }]);
    expect(outcome(await post(event('invoice.paid', { orderId: placed })))).toEqual([200, { status: 'ignored' }]);
  });

  test('answers 5xx if another delivery can help: an outage, a lost reply, a bug', async () => {
    const orderId = await begin();
    const paid = event('checkout.session.completed', { orderId });
    const failures: [Error, number, string][] = [
      [new StoreError('unavailable', 'gone'), 503, 'store_unavailable'],
      [new StoreError('outcome_unknown', 'lost'), 504, 'outcome_unknown'],
      [new TypeError('a bug'), 500, 'internal'],
      [new Overloaded({ queue: 'shop', unit: 'items', waiting: 1, limit: 1 } as never), 503, 'store_unavailable'],
    ];
    for (const [error, status, reason] of failures) {
      hooks.beforeApply = () => Promise.reject(error);
      const answer = await post(paid);
      delete hooks.beforeApply;
      expect([answer.status, answer.error?.data.reason]).toEqual([status, reason]);
      expect(answer.text).not.toMatch(/gone|lost|a bug/);
    }
    expect(outcome(await post(paid))).toEqual(SETTLED);
    expect(await order(orderId)).toMatchObject({ status: 'placed' });
  });

  test('answers 5xx for an order that keeps changing', async () => {
    const orderId = await begin();
    let writes = 0;
    hooks.beforeApply = async () => {
      const [view] = await store.read([{ documents: [`order:${orderId}`] }]);
      const { key, body, holds } = view!.documents[0]!.record;
      await store.apply([
        transaction(`other-${(writes += 1)}`, [put(key, 'present', { body, holds, list: 'awaiting_payment' })]),
      ]);
    };
    const paid = event('checkout.session.completed', { orderId });
    const answer = await post(paid);
    delete hooks.beforeApply;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(outcome(await post(paid))).toEqual(SETTLED);
  });

  test('answers 400 to a forged message, which has no effect', async () => {
    const orderId = await begin();
    const paid = event('checkout.session.completed', { orderId });
    const headers = ['', 't=1,v1=00', signed(paid, Date.now(), 'whsec_wrong'), signed(paid, Date.now() - 600_000)];
    for (const header of headers) {
      const answer = await post(paid, header);
      expect([answer.status, answer.error?.data.reason]).toEqual([400, 'invalid_input']);
      expect(answer.text).not.toContain(SECRET);
    }
    expect(await order(orderId)).toMatchObject({ status: 'awaiting_payment' });
  });

  test('enforces the limits of the request', async () => {
    const orderId = await begin(1);
    const sized = (bytes: number) =>
      event('checkout.session.completed', { orderId, metadata: { note: 'n'.repeat(bytes) } });
    expect(outcome(await post(sized(70_000)))).toEqual(SETTLED);
    expect((await post(sized(262_144))).status).toBe(413);
    const elsewhere = { method: 'POST', body: sized(70_000), headers: { 'content-type': 'application/json' } };
    expect((await shop.fetch('/trpc/cart.add', elsewhere)).status).toBe(413);
    expect((await post('')).status).toBe(400);
    const asked = await shop.fetch('/payments/stripe');
    expect([asked.status, asked.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await shop.fetch('/payments/other', { method: 'POST', body: '{}' })).status).toBe(404);
  });

  test('counts the outcomes of messages in the metrics', async () => {
    const { text } = await shop.fetch('/metrics');
    for (const status of ['settled', 'unsettled', 'ignored', 'forged', 'failed']) {
      expect(text).toMatch(new RegExp(`payment_messages_total\\{provider="stripe",outcome="${status}"\\} [1-9]`));
    }
  });
});

test('does not serve the path without STRIPE_WEBHOOK_SECRET', async () => {
  await using shop = await startShop();
  expect((await shop.fetch('/payments/stripe', { method: 'POST', body: '{}' })).status).toBe(404);
});

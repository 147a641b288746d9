import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createHoldfastClient,
  idempotencyKeyOf,
  isRefusal,
  reasonOf,
  type RetryOptions,
  type RetryTiming,
} from '../../src/client/client.ts';
import { RETRY_DEFAULTS } from '../../src/client/retry-policy.ts';
import type { Store } from '../../src/store/store.ts';
import { engines } from '../support/engines.ts';
import { fault, openFaultyStore } from '../support/faulty-store.ts';
import { type Hooks, hookedStore } from '../support/hooked-store.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { poll } from '../support/poll.ts';
import { retryClock } from '../support/retry-clock.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

const ADD = { sku: 'a', quantity: 1 };
let sessions = 0;

interface Visit extends AsyncDisposable {
  shop: ShopServer;
  door: FaultyProxy;
  /** A new shopper, who calls through the proxy. */
  client: (retry?: RetryOptions | false) => ReturnType<typeof createHoldfastClient>;
}

async function visit(store?: Store): Promise<Visit> {
  const shop = await startShop({ LOG_LEVEL: 'silent' }, store);
  const door = await startFaultyProxy(shop.url);
  const operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  await operator.stock.define.mutate({ sku: 'a' });
  await operator.stock.receive.mutate({ sku: 'a', quantity: 1_000 });
  return {
    shop,
    door,
    client: (retry = { timing: retryClock().timing }) => {
      sessions += 1;
      return createHoldfastClient({ url: door.url, sessionId: `shopper-number-${sessions}`, retry });
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await shop[Symbol.asyncDispose]();
    },
  };
}

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const refusal = (status: number, reason: string, meta: object) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { json: { message: '', code: -32_000, data: { httpStatus: status, reason, meta } } } }),
});
const overloaded = (retryAfterMs: number) => refusal(429, 'overloaded', { retryAfterMs });

let here: Visit;
beforeAll(async () => {
  here = await visit();
});
beforeEach(() => {
  here.door.seen.length = 0;
});
afterAll(() => here[Symbol.asyncDispose]());

const quantityOf = async (client: ReturnType<Visit['client']>) =>
  (await client.cart.get.query()).lines[0]?.quantity ?? 0;
const keysSeen = () => here.door.seen.flatMap(({ inputs }) => inputs.map(({ idempotencyKey }) => idempotencyKey));

describe('retries', () => {
  test.each([
    ['overloaded', overloaded(10)],
    ['rate_limited', refusal(429, 'rate_limited', { retryAfterMs: 10 })],
    ['store_unavailable', refusal(503, 'store_unavailable', {})],
    ['outcome_unknown', refusal(504, 'outcome_unknown', { idempotencyKey: 'x' })],
    ['a gateway’s page', { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>Back soon</h1>' }],
    ['a gateway’s JSON', { status: 504, headers: { 'content-type': 'application/json' }, body: '{"error":"timeout"}' }],
  ])('%s, with the same key and one effect', async (_, answer) => {
    const client = here.client();
    here.door.plan(answer, answer);
    expect(await client.cart.add.mutate(ADD)).toMatchObject({ granted: 1, lines: [{ quantity: 1 }] });
    const keys = keysSeen();
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^gen_[0-9a-f]{32}$/);
    expect(await quantityOf(client)).toBe(1);
  });

  test('queries', async () => {
    here.door.plan(overloaded(10));
    expect((await here.client().cart.get.query()).lines).toEqual([]);
    expect(here.door.seen).toHaveLength(2);
  });
});

describe.each(engines)('on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('retries a call whose confirmation the server lost, with one effect', async () => {
    await using opened = await engine.open({ now: Date.now() });
    const hooks: Hooks = {};
    await using there = await visit(hookedStore(opened.store, hooks));
    const client = there.client();
    let lost = 0;
    hooks.afterApply = async () => {
      lost += 1;
      if (lost === 1) throw fault('outcome_unknown');
    };
    expect(await client.cart.add.mutate({ ...ADD, quantity: 3 })).toMatchObject({ granted: 3 });
    expect(there.door.seen).toHaveLength(2);
    // The second attempt had nothing to apply.
    expect(lost).toBe(1);
    expect(await quantityOf(client)).toBe(3);
    const operator = createHoldfastClient({ url: there.shop.url, operatorKey: OPERATOR_KEY });
    expect(await operator.stock.level.query({ sku: 'a' })).toMatchObject({ reserved: 3 });
  });
});

describe('does not retry', () => {
  test.each([
    ['409', () => here.client().cart.add.mutate({ sku: 'a', quantity: 5_000 }), 'insufficient_stock'],
    ['412', () => here.client().checkout.place.mutate({ idempotencyKey: 'k' }), 'cart_empty'],
    ['404', () => here.client().cart.add.mutate({ sku: 'none', quantity: 1 }), 'unknown_sku'],
    ['400', () => here.client().cart.add.mutate({ sku: 'a', quantity: 0 }), 'invalid_input'],
  ])('%s', async (_, call, reason) => {
    expect(reasonOf(await caught(call()))).toBe(reason);
    expect(here.door.seen).toHaveLength(1);
  });

  test.each([500, 502])('%d', async (status) => {
    here.door.plan({ status, headers: { 'retry-after': '1' } });
    const error = await caught(here.client().cart.add.mutate(ADD));
    expect(String(error)).toContain(`status ${status}`);
    expect(here.door.seen).toHaveLength(1);
  });

  test('anything with retry: false', async () => {
    here.door.plan(overloaded(1));
    expect(isRefusal(await caught(here.client(false).cart.get.query()), 'overloaded')).toBe(true);
    expect(here.door.seen).toHaveLength(1);
  });

  test.each(['cut_before', 'cut_after'] as const)(
    'after a network failure (%s); the caller retries with the key of the error',
    async (cut) => {
      const client = here.client();
      here.door.plan(cut);
      const error = await caught(client.cart.add.mutate(ADD));
      expect(here.door.seen).toHaveLength(1);
      const idempotencyKey = idempotencyKeyOf(error);
      expect(idempotencyKey).toBe(keysSeen()[0]);
      expect(await client.cart.add.mutate({ ...ADD, idempotencyKey })).toMatchObject({ granted: 1 });
      expect(await quantityOf(client)).toBe(1);
    },
  );

  test('calls of one failed request, and each error has its own key', async () => {
    const client = here.client();
    here.door.plan('cut_after');
    const inputs = [{ ...ADD, idempotencyKey: 'first' }, ADD, { sku: 'a', quantity: 2 }];
    const errors = await Promise.all(inputs.map((input) => caught(client.cart.add.mutate(input))));
    expect(here.door.seen).toHaveLength(1);
    const keys = errors.map(idempotencyKeyOf);
    expect(keys).toEqual(keysSeen());
    expect(new Set(keys).size).toBe(3);
    await Promise.all(inputs.map((input, n) => client.cart.add.mutate({ ...input, idempotencyKey: keys[n] })));
    expect(await quantityOf(client)).toBe(4);
  });
});

describe('the delay', () => {
  const waitsOf = async (
    answers: Parameters<FaultyProxy['plan']>,
    options: RetryOptions & { random?: number } = {},
  ) => {
    const { random = 0.5, ...retry } = options;
    const clock = retryClock({ random, now: Date.parse('Mon, 23 Nov 2026 10:00:00 GMT') });
    here.door.plan(...answers);
    const error = await caught(here.client({ ...retry, timing: clock.timing }).cart.get.query());
    return { waits: clock.waits, reason: reasonOf(error), calls: here.door.seen.length };
  };
  const away = refusal(503, 'store_unavailable', {});

  test('doubles up to a bound, with full jitter', async () => {
    expect((await waitsOf([away, away, away, away], { delayMsFirst: 100, delayMsMax: 300 })).waits).toEqual([
      50, 100, 150, 150,
    ]);
    expect((await waitsOf([away, away], { random: 0 })).waits).toEqual([0, 0]);
  });

  test.each([
    ['meta.retryAfterMs', overloaded(700), 700],
    ['Retry-After in seconds', { ...away, headers: { ...away.headers, 'retry-after': '2' } }, 2_000],
    [
      'Retry-After as a date',
      { ...away, headers: { ...away.headers, 'retry-after': 'Mon, 23 Nov 2026 10:00:03 GMT' } },
      3_000,
    ],
    ['Retry-After of a gateway', { status: 503, headers: { 'retry-after': '2' }, body: 'soon' }, 2_000],
    ['Retry-After in the past', { status: 503, headers: { 'retry-after': 'Mon, 23 Nov 2020 10:00:03 GMT' } }, 0],
    ['Retry-After that says nothing', { status: 503, headers: { 'retry-after': 'soon' } }, 0],
  ])('is never shorter than %s requests', async (_, answer, askedMs) => {
    expect((await waitsOf([answer], { delayMsFirst: 100 })).waits).toEqual([askedMs + 50]);
  });

  test('ends the call if the server requests a longer delay than the maximum', async () => {
    expect(await waitsOf([overloaded(9_000)])).toEqual({ waits: [], reason: 'overloaded', calls: 1 });
    for (const seconds of ['9', '9999999999', '9'.repeat(400)]) {
      const answer = { ...away, headers: { ...away.headers, 'retry-after': seconds } };
      expect(await waitsOf([answer])).toMatchObject({ waits: [], reason: 'store_unavailable' });
    }
  });

  test('ends the call after the maximum of attempts, with the last refusal', async () => {
    const outcome = await waitsOf([away, away, overloaded(1)], { attemptsMax: 3 });
    expect(outcome).toMatchObject({ reason: 'overloaded', calls: 3 });
    expect(outcome.waits).toHaveLength(2);
    expect(await waitsOf([])).toMatchObject({ reason: null });
  });

  test('ends the call after the maximum of time', async () => {
    const outcome = await waitsOf([away, away, away], { delayMsFirst: 1_000, totalMsMax: 1_700, attemptsMax: 9 });
    expect(outcome).toEqual({ waits: [500, 1_000], reason: 'store_unavailable', calls: 3 });
  });

  test('ends the call by default after 5 attempts or 30 seconds', async () => {
    // One more attempt would succeed.
    expect(await waitsOf([away, away, away, away, away])).toMatchObject({ reason: 'store_unavailable', calls: 5 });
    here.door.seen.length = 0;
    const slow = overloaded(8_000);
    expect(await waitsOf([slow, slow, slow, slow])).toEqual({
      waits: [8_000, 8_000, 8_000],
      reason: 'overloaded',
      calls: 4,
    });
  });

  test('is as long as the server requests, and not longer', async () => {
    const waits: number[] = [];
    const { timing } = RETRY_DEFAULTS;
    const after: RetryTiming['after'] = (delayMs, callback) => {
      waits.push(delayMs);
      return timing.after(delayMs, callback);
    };
    here.door.plan(overloaded(60));
    const startedAt = performance.now();
    await here.client({ delayMsFirst: 1, timing: { ...timing, after } }).cart.get.query();
    const elapsedMs = performance.now() - startedAt;
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(60);
    expect(waits[0]).toBeLessThanOrEqual(61);
    expect(elapsedMs).toBeGreaterThanOrEqual(59);
    // Generous, because other tests share the machine.
    expect(elapsedMs).toBeLessThan(5_000);
  });
});

describe('an abort', () => {
  test('ends the delay at once', async () => {
    const clock = retryClock({ isStopped: true });
    const abort = new AbortController();
    here.door.plan(overloaded(5_000));
    const call = caught(here.client({ timing: clock.timing }).cart.add.mutate(ADD, { signal: abort.signal }));
    await poll(() => clock.waits.length === 1);
    abort.abort();
    expect(await call).toMatchObject({ cause: { name: 'AbortError' } });
    expect(clock.cancelled).toBe(1);
    expect(here.door.seen).toHaveLength(1);
  });

  test('ends one call of a batch at once, and not the other', async () => {
    const faulty = openFaultyStore();
    await using there = await visit(faulty.store);
    const client = there.client();
    const abort = new AbortController();
    faulty.hold();
    const stays = client.cart.add.mutate(ADD);
    const goes = caught(client.cart.add.mutate(ADD, { signal: abort.signal }));
    await poll(() => faulty.waiting() > 0);
    abort.abort(new Error('left the page'));
    const error = await goes;
    expect(error).toMatchObject({ message: 'left the page' });
    expect(idempotencyKeyOf(error)).toMatch(/^gen_/);
    faulty.goOn();
    expect(await stays).toMatchObject({ granted: 1 });
  });

  test('before the call prevents it', async () => {
    const error = await caught(here.client().cart.add.mutate(ADD, { signal: AbortSignal.abort('no') }));
    expect(error).toMatchObject({ message: 'aborted', cause: { cause: 'no' } });
    expect(here.door.seen).toEqual([]);
  });
});

test('retries only the calls of a batch that were refused as transient', async () => {
  const faulty = openFaultyStore();
  await using there = await visit(faulty.store);
  const client = there.client({
    timing: { ...retryClock().timing, after: (_, callback) => (later.push(callback), () => {}) },
  });
  const later: (() => void)[] = [];
  faulty.fail('apply', fault('unavailable'));
  const added = client.cart.add.mutate(ADD);
  const issued = client.session.create.mutate();
  const wrong = caught(client.cart.add.mutate({ sku: 'a', quantity: 0 }));
  expect(await issued).toMatchObject({ sessionId: expect.any(String) });
  expect(reasonOf(await wrong)).toBe('invalid_input');
  faulty.fail('apply', null);
  for (const again of later) again();
  expect(await added).toMatchObject({ granted: 1 });
  expect(there.door.seen.map(({ paths }) => paths)).toEqual([['cart.add', 'session.create', 'cart.add'], ['cart.add']]);
});

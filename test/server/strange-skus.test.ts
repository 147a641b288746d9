import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { Outputs } from '../../src/client/client.ts';
import { runCli } from '../../src/cli/cli.ts';
import { compareTexts, isSku } from '../../src/domain/skus.ts';
import { engines } from '../support/engines.ts';
import { poll } from '../support/poll.ts';
import { ask } from '../support/rest-caller.ts';
import { headersOf, OPERATOR_KEY, startShop } from '../support/shop-server.ts';
import { watch } from '../support/watcher.ts';
import { configure, START, transaction } from '../support/transactions.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

/** In the order of UTF-8 bytes, which is not that of JavaScript: the surrogate pair sorts after U+FF21. */
const SKUS = [
  '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  '"quoted"',
  '#1',
  '%2F',
  '+',
  '=1+1',
  'A/B',
  'Mug, blue & white',
  '["a"]',
  '__proto__',
  'a b',
  'a  b',
  'a?b=c&d',
  'a@B',
  'a@b c',
  'constructor',
  'prototype',
  'x'.repeat(128),
  'Ångström',
  'żółw',
  'שלום',
  'スカート 赤',
  '\u{ff21}',
  '\u{10ffd}',
  '\u{1f455}'.repeat(128),
].toSorted(compareTexts);

const REFUSED = [
  '',
  ' a',
  'a ',
  '\u00a0a',
  'a\u3000',
  'a\tb',
  'a\0b',
  'a\u200bb',
  'a\u2028b',
  'a\ufeff',
  'a\u0301',
  '\uffff',
  '\ud800',
  'a@b',
  'a@@main',
].concat('x'.repeat(129), '\u{1f455}'.repeat(129), '\u{1fffe}', 'a\u202eb');

const OPERATOR = { operator: true } as const;
const ANN = { session: 'session-of-ann' } as const;

describe('a valid SKU', () => {
  test.each(SKUS)('%j is valid', (sku) => expect(isSku(sku)).toBe(true));
  test.each(REFUSED)('%j is not valid', (sku) => expect(isSku(sku)).toBe(false));

  test('still accepts the earlier alphabet', () => {
    for (const sku of ['a', '-', '.', '..', ':', '_', 'A-Z.a:z_0', '0'.repeat(64)]) expect(isSku(sku)).toBe(true);
  });

  test('texts compare like their bytes', () => {
    for (const a of SKUS)
      for (const b of SKUS)
        expect(Math.sign(compareTexts(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(SKUS).not.toEqual(SKUS.toSorted());
  });
});

/** Returns the keys of each object in an answer, at any depth. */
function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysIn)];
}

describe.each(engines)('strange SKUs on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  async function openShop() {
    const opened = await engine.open({ now: 0 });
    const shop = await startShop({ LOG_LEVEL: 'error', WEBHOOK_ALLOW_PRIVATE: 'yes' }, opened.store);
    const dispose = async (): Promise<void> => {
      await shop[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    };
    return { shop, [Symbol.asyncDispose]: dispose };
  }

  test('pass through every procedure, and are not keys of any answer', { timeout: 120_000 }, async () => {
    await using opened = await openShop();
    const { shop } = opened;
    const answers: unknown[] = [];
    const must = async (asked: Promise<{ status: number; data: unknown; text: string }>): Promise<unknown> => {
      const { status, data, text } = await asked;
      expect(status, text).toBe(200);
      answers.push(data);
      return data;
    };
    for (const sku of SKUS.toReversed()) {
      await must(shop.mutate('stock.define', { sku, title: sku.slice(0, 40), limitPerCustomer: 5 }, OPERATOR));
      await must(shop.mutate('stock.receive', { sku, quantity: 9 }, OPERATOR));
      await must(shop.mutate('stock.adjust', { sku, delta: -1, reason: 'broken' }, OPERATOR));
      await must(shop.mutate('stock.count', { sku, onHand: 10, expectedOnHand: 8 }, OPERATOR));
      await must(shop.mutate('cart.add', { sku, quantity: 3 }, ANN));
      await must(shop.mutate('cart.setQuantity', { sku, quantity: 2 }, ANN));
    }
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = { limit: 5, ...(cursor === undefined ? {} : { cursor }) };
      const data = (await must(shop.query('stock.list', page, OPERATOR))) as Outputs['stock']['list'];
      listed.push(...data.items.map(({ sku }) => sku));
      cursor = data.nextCursor;
      if (cursor === undefined) break;
    }
    expect(listed).toEqual(SKUS);
    const held: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = { limit: 4, ...(cursor === undefined ? {} : { cursor }) };
      const data = (await must(shop.query('holds.list', page, OPERATOR))) as Outputs['holds']['list'];
      held.push(...data.items.map(({ sku }) => sku));
      cursor = data.nextCursor;
      if (cursor === undefined) break;
    }
    expect(held).toEqual(SKUS);
    for (const sku of SKUS) {
      expect(await must(shop.query('stock.level', { sku }, OPERATOR))).toMatchObject({ sku, onHand: 10, reserved: 2 });
      const history = (await must(
        shop.query('stock.history', { sku, limit: 2 }, OPERATOR),
      )) as Outputs['stock']['history'];
      expect(history.movements.map((movement) => movement.sku)).toEqual([sku, sku]);
      const next = { sku, cursor: history.nextCursor };
      expect(((await must(shop.query('stock.history', next, OPERATOR))) as typeof history).movements).toHaveLength(3);
      const holds = (await must(shop.query('holds.list', { sku }, OPERATOR))) as Outputs['holds']['list'];
      expect(holds.items).toMatchObject([{ sku, quantity: 2 }]);
      const short = await shop.mutate('cart.setQuantity', { sku, quantity: 6 }, ANN);
      expect(short.error?.data['meta']).toMatchObject({ sku });
    }
    const few = SKUS.filter((sku) => sku.length < 100);
    const seen = (await must(shop.query('stock.availability', { skus: few }))) as Outputs['stock']['availability'];
    expect(seen.map(({ sku, available }) => [sku, available])).toEqual(few.map((sku) => [sku, 8]));
    const order = (await must(shop.mutate('checkout.place', { idempotencyKey: 'k' }, ANN))) as Outputs['orders']['get'];
    expect(order.lines.map(({ sku }) => sku).toSorted(compareTexts)).toEqual(SKUS);
    const lines = SKUS.map((sku) => ({ sku, quantity: 1 }));
    const back = { orderId: order.orderId, lines, restock: true, reason: 'r', idempotencyKey: 'b' };
    await must(shop.mutate('orders.return', back, OPERATOR));
    for (const path of ['orders.list', 'webhooks.list']) await must(shop.query(path, {}, OPERATOR));
    expect(await must(shop.query('admin.audit', {}, OPERATOR))).toMatchObject({ ok: true, violations: [] });
    expect(await must(shop.query('cart.get', undefined, ANN))).toMatchObject({ lines: [] });
    const keys = new Set(answers.flatMap(keysIn));
    expect(SKUS.filter((sku) => keys.has(sku))).toEqual([]);
  });

  test('pass through REST paths and queries, files and the command line', { timeout: 120_000 }, async () => {
    await using opened = await openShop();
    const { shop } = opened;
    for (const sku of SKUS) {
      const path = `/stock/${encodeURIComponent(sku)}`;
      expect((await ask(shop.url, 'PUT', path, { ...OPERATOR, body: { title: 'T' } })).status).toBe(200);
      const counted = await ask(shop.url, 'POST', `${path}/count`, { ...OPERATOR, body: { onHand: 3 } });
      expect(counted.body).toMatchObject({ sku, onHand: 3 });
      const line = `/cart/lines/${encodeURIComponent(sku)}`;
      expect((await ask(shop.url, 'PUT', line, { ...ANN, body: { quantity: 1 } })).status).toBe(200);
      expect((await ask(shop.url, 'DELETE', line, ANN)).status).toBe(200);
      const found = await ask(shop.url, 'GET', `/availability?skus=${encodeURIComponent(JSON.stringify([sku]))}`);
      expect(found.body).toMatchObject([{ sku, available: 3 }]);
      const holds = await ask(shop.url, 'GET', `/holds?${new URLSearchParams({ sku })}`, OPERATOR);
      expect(holds.body).toEqual({ items: [] });
      let out = '';
      const code = await runCli({
        args: ['stock', 'set', '--expect', '3', '--json', '--', sku, '4'],
        env: { HOLDFAST_URL: shop.url, OPERATOR_KEY },
        out: (text) => void (out += text),
        err: (text) => void (out += text),
      });
      expect([code, code === 0 && JSON.parse(out)]).toMatchObject([0, { sku, onHand: 4 }]);
    }
    for (const format of ['csv', 'jsonl']) {
      const file = (await shop.fetch(`/api/v1/stock/export?format=${format}`, { headers: headersOf(OPERATOR) })).text;
      await using other = await openShop();
      const query = `key=k&format=${format}`;
      const init = { method: 'POST', headers: headersOf(OPERATOR), body: file };
      const imported = await other.shop.fetch(`/api/v1/stock/import?${query}`, init);
      expect(imported.text).toContain(`"applied":${SKUS.length},"unchanged":0,"problems":[]`);
      const copy = await other.shop.fetch(`/api/v1/stock/export?format=${format}`, { headers: headersOf(OPERATOR) });
      expect(copy.text).toBe(file);
      const after = new URLSearchParams({ format: 'jsonl', after: SKUS.at(-2)! });
      const rest = await other.shop.fetch(`/api/v1/stock/export?${after}`, { headers: headersOf(OPERATOR) });
      expect(JSON.parse(rest.text)).toMatchObject({ sku: SKUS.at(-1) });
    }
  });

  test('are found and listed in the same order after a reopen', async () => {
    await using opened = await engine.open({ now: START });
    const steps = SKUS.map((sku) => configure(sku));
    await opened.store.apply([transaction('t1', steps)]);
    const store = engine.persistent ? await opened.reopen() : opened.store;
    const { stock } = await store.read([{ skus: SKUS }]).then(([view]) => view!);
    expect(stock.map((record) => record?.sku)).toEqual(SKUS);
    expect((await store.listStock({ limit: 100 })).map(({ sku }) => sku)).toEqual(SKUS);
    const after = SKUS.at(-3)!;
    expect((await store.listStock({ after, limit: 100 })).map(({ sku }) => sku)).toEqual(SKUS.slice(-2));
  });

  test('pass through watch streams and webhooks', { timeout: 120_000 }, async () => {
    await using opened = await openShop();
    await using receiver = await WebhookReceiver.open();
    const { shop } = opened;
    const created = await shop.mutate('webhooks.create', { url: receiver.url, events: ['stock.out'] }, OPERATOR);
    expect(created.status, created.text).toBe(200);
    receiver.secret = (created.data as { secret: string }).secret;
    const skus = SKUS.filter((sku) => sku.length < 100);
    for (const sku of skus) {
      await shop.mutate('stock.define', { sku, safetyStock: 1 }, OPERATOR);
      await shop.mutate('stock.receive', { sku, quantity: 20 }, OPERATOR);
    }
    const watcher = watch(shop.url, skus);
    await poll(async () => watcher.states.filter(({ available }) => available === 19).length >= skus.length);
    for (const sku of skus) await shop.mutate('stock.adjust', { sku, delta: -20, reason: 'gone' }, OPERATOR);
    await poll(
      async () => new Set(watcher.states.filter((s) => s.available === 0).map((s) => s.sku)).size === skus.length,
    );
    watcher.leave();
    await poll(async () => receiver.received.length >= skus.length);
    expect(receiver.received.map(({ payload }) => payload.data['sku'] as string).toSorted(compareTexts)).toEqual(skus);
  });
});

describe('refuses with a clear error', () => {
  test('an invalid SKU, by its field, and one in another Unicode form', async () => {
    await using shop = await startShop();
    for (const sku of REFUSED) {
      const { status, error } = await shop.mutate('stock.define', { sku }, OPERATOR);
      expect([status, error?.data['reason']]).toEqual([400, 'invalid_input']);
    }
    const { error } = await shop.mutate('stock.define', { sku: 'A\u0301' }, OPERATOR);
    expect(error?.data['meta']).toEqual({
      issues: [{ path: 'sku', message: 'must be Unicode in its composed form (NFC)' }],
    });
  });

  test('a query that is longer than the maximum of headers, as payload_too_large', async () => {
    await using shop = await startShop();
    const skus = Array.from({ length: 100 }, (_, index) => `${index}${'\u{1f455}'.repeat(120)}`);
    const { status, text } = await shop.query('stock.availability', { skus });
    expect([status, text]).toEqual([413, expect.stringContaining('payload_too_large')]);
    const twenty = await shop.query('stock.availability', { skus: skus.slice(0, 20) });
    expect(twenty.status).toBe(200);
  });
});

/**
 * True if a type, at any depth, is an object with free keys. superjson throws for some keys that are valid SKUs.
 */
type IsKeyed<T> = T extends readonly (infer E)[]
  ? IsKeyed<E>
  : T extends object
    ? string extends keyof T
      ? true
      : { [K in keyof T]-?: IsKeyed<T[K]> }[keyof T]
    : false;

test('no answer of any procedure is an object with free keys', () => {
  expectTypeOf<IsKeyed<{ a: { b: Record<string, number> }[] }>>().toEqualTypeOf<true>();
  expectTypeOf<true extends IsKeyed<Outputs> ? 'keyed' : 'fixed'>().toEqualTypeOf<'fixed'>();
});

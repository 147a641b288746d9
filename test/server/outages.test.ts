import { describe, expect, test } from 'vitest';
import { fault, openFaultyStore } from '../support/faulty-store.ts';
import { poll } from '../support/poll.ts';
import { type Answer, headersOf, startShop } from '../support/shop-server.ts';

const SESSION = { session: 'a-shopper-in-an-outage' };
const OPERATOR = { operator: true };
const ADD = { sku: 'a', quantity: 1 };

async function stockedShop() {
  const faulty = openFaultyStore();
  const shop = await startShop({ LOG_LEVEL: 'warn' }, faulty.store);
  await shop.mutate('stock.define', { sku: 'a' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'a', quantity: 5_000 }, OPERATOR);
  return { shop, ...faulty, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
}

const summaryOf = ({ status, headers, error }: Answer) => ({
  status,
  reason: error?.data.reason,
  retryAfter: headers.get('retry-after'),
});

describe('an outage of the store', () => {
  test.each(['apply', 'read'] as const)('in %s is store_unavailable with Retry-After, and passes', async (method) => {
    await using outage = await stockedShop();
    outage.fail(method, fault('unavailable'));
    const answer = await outage.shop.mutate('cart.add', ADD, SESSION);
    expect(summaryOf(answer)).toEqual({ status: 503, reason: 'store_unavailable', retryAfter: '2' });
    expect(answer.text).not.toMatch(/secret|redis|stack/);
    outage.fail(method, null);
    expect((await outage.shop.mutate('cart.add', ADD, SESSION)).status).toBe(200);
  });

  test('is logged once a second with its stack, and not for each call', async () => {
    await using outage = await stockedShop();
    outage.fail('read', fault('unavailable'));
    await Promise.all(Array.from({ length: 50 }, () => outage.shop.query('stock.level', { sku: 'a' }, OPERATOR)));
    const lines = outage.shop.log.filter(({ msg }) => msg === 'calls fail with store_unavailable');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(5);
    expect(lines[0]).toMatchObject({ err: { stack: expect.stringContaining('StoreError') }, path: 'stock.level' });
  });

  test('makes it unready, but not dead', async () => {
    await using outage = await stockedShop();
    expect((await outage.shop.fetch('/health/ready')).status).toBe(200);
    outage.fail('health', fault('unavailable'));
    const answer = await poll(async () => {
      const now = await outage.shop.fetch('/health/ready');
      return now.status === 503 && now;
    });
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'unavailable', reason: 'the store is unavailable' });
    expect(answer.text).not.toContain('secret');
    expect((await outage.shop.fetch('/health/live')).status).toBe(200);
  });

  test('in one call of a batch adds Retry-After to the whole answer', async () => {
    await using outage = await stockedShop();
    outage.fail('apply', fault('unavailable'));
    const answer = await outage.shop.fetch('/trpc/cart.clear,cart.add?batch=1', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(SESSION) },
      body: JSON.stringify({ 0: { json: { nonsense: 1 } }, 1: { json: ADD } }),
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([207, '2']);
  });
});

describe('a lost reply', () => {
  test('is outcome_unknown with the caller’s key, with which a retry resolves it', async () => {
    await using outage = await stockedShop();
    outage.fail('apply', fault('outcome_unknown'));
    const answer = await outage.shop.mutate('cart.add', { ...ADD, idempotencyKey: 'mine' }, SESSION);
    expect(summaryOf(answer)).toMatchObject({ status: 504, reason: 'outcome_unknown' });
    expect(answer.error?.data.meta).toEqual({ idempotencyKey: 'mine' });
    outage.fail('apply', null);
    expect((await outage.shop.mutate('cart.add', { ...ADD, idempotencyKey: 'mine' }, SESSION)).status).toBe(200);
  });

  test('without a key has a generated one, with which a retry is safe', async () => {
    await using outage = await stockedShop();
    outage.fail('apply', fault('outcome_unknown'));
    const { error } = await outage.shop.mutate('cart.add', ADD, SESSION);
    const idempotencyKey = String((error?.data.meta as { idempotencyKey: string } | undefined)?.idempotencyKey);
    expect(idempotencyKey).toMatch(/^gen_/);
    outage.fail('apply', null);
    for (const _ of [1, 2]) await outage.shop.mutate('cart.add', { ...ADD, idempotencyKey }, SESSION);
    const { data } = await outage.shop.query('cart.get', undefined, SESSION);
    expect(data).toMatchObject({ lines: [{ quantity: 1 }] });
  });
});

test('a bug is internal: the log has its stack and the request id, and the caller receives only the id', async () => {
  await using outage = await stockedShop();
  const bug = new TypeError('snapshot.stock is not iterable');
  outage.fail('read', bug);
  const headers = { 'x-request-id': 'trace-of-the-bug' };
  const answer = await outage.shop.query('stock.level', { sku: 'a' }, { ...OPERATOR, headers });
  expect(summaryOf(answer)).toMatchObject({ status: 500, reason: 'internal' });
  expect(answer.error?.data.meta).toEqual({ requestId: 'trace-of-the-bug' });
  expect(answer.text).not.toMatch(/iterable|TypeError|\.ts/);
  const line = outage.shop.log.find(({ msg }) => msg === 'a call failed');
  expect(line).toMatchObject({
    requestId: 'trace-of-the-bug',
    path: 'stock.level',
    err: { message: 'snapshot.stock is not iterable', stack: bug.stack },
  });
});

test('a full mailbox is overloaded with Retry-After, and does not affect another SKU', async () => {
  await using outage = await stockedShop();
  await outage.shop.mutate('stock.define', { sku: 'b' }, OPERATOR);
  outage.hold();
  const { carts } = outage.shop.running.holdfast;
  const waiting = Array.from({ length: 2_700 }, (_, n) => {
    const principal = `shopper-${n}`;
    const caller = { kind: 'session', principal, cartId: `crt_${principal}`, customer: null } as const;
    return carts.add(ADD, { caller }).then(
      () => 'added',
      (error: Error) => error.name,
    );
  });
  // Two batches are in flight and the mailbox is full: the next call is refused at once, while the store stalls.
  await poll(() => outage.shop.running.holdfast.stats().batcher.overloadedItems > 0);
  const answer = await outage.shop.mutate('cart.add', ADD, SESSION);
  expect(summaryOf(answer)).toEqual({ status: 429, reason: 'overloaded', retryAfter: '1' });
  expect(answer.error?.data.meta).toEqual({ retryAfterMs: expect.any(Number) });
  const other = outage.shop.mutate('cart.add', { sku: 'b', quantity: 1 }, SESSION);
  outage.goOn();
  expect(summaryOf(await other)).toMatchObject({ reason: 'insufficient_stock' });
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['added', 'Overloaded']));
});

import { expect, test } from 'vitest';
import { throttle } from '../../src/http/listener/failure-log.ts';
import { fault, openFaultyStore } from '../support/faulty-store.ts';
import { OPERATOR_KEY, queryPath, startShop } from '../support/shop-server.ts';

const OPERATOR = { operator: true };

test('logs no session ids, keys, contacts or inputs, at any level and for any error', async () => {
  const faulty = openFaultyStore();
  await using shop = await startShop({ LOG_LEVEL: 'trace', SESSION_SECRET: 'secret-of-the-log-test' }, faulty.store);
  const { data } = await shop.mutate('session.create', { customerId: 'alice@shop.example' }, OPERATOR);
  const { sessionId } = data as { sessionId: string };
  const who = { session: sessionId };
  await shop.mutate('stock.define', { sku: 'a' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'a', quantity: 9, reason: 'the-reason-given' }, OPERATOR);
  await shop.mutate('cart.add', { sku: 'a', quantity: 1, idempotencyKey: 'key-of-the-caller' }, who);
  await shop.mutate('checkout.place', { idempotencyKey: 'k', contact: { email: 'bob@shop.example' } }, who);
  await shop.mutate('cart.add', { sku: 'a', quantity: 1, [sessionId]: 1 }, who);
  await shop.fetch(`${queryPath('stock.availability', { skus: ['a'] })}&session=${sessionId}`);
  for (const error of [fault('unavailable'), fault('outcome_unknown'), new Error('a bug')]) {
    faulty.fail('apply', error);
    await shop.mutate('cart.add', { sku: 'a', quantity: 1 }, who);
    faulty.fail('apply', null);
  }
  const lines = shop.logText();
  expect(lines).toContain('a bug');
  for (const secret of [
    sessionId,
    sessionId.slice(0, 20),
    OPERATOR_KEY,
    'secret-of-the-log-test',
    'alice',
    'bob',
    'the-reason-given',
    'key-of-the-caller',
  ]) {
    expect(lines).not.toContain(secret);
  }
});

test('logs each answer at debug level, with its request id and without its query', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'debug' });
  const headers = { 'x-request-id': 'trace-1' };
  await shop.query('stock.availability', { skus: ['a'] }, { headers });
  await shop.fetch('/nope?secret=1', { headers: { 'x-request-id': 'trace-2' } });
  expect(shop.log).toMatchObject([
    { level: 20, requestId: 'trace-1', method: 'GET', path: '/trpc/stock.availability', status: 200, msg: 'answered' },
    { level: 20, requestId: 'trace-2', path: '/nope', status: 404, ms: expect.any(Number) },
  ]);
});

test('logs no call at info level', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'info' });
  await shop.query('stock.availability', { skus: ['a'] });
  await shop.mutate('cart.add', { nonsense: 1 }, { session: 'a-shopper-of-no-note' });
  expect(shop.log).toEqual([]);
});

test('logs a repeated outage once a second, with the number of suppressed lines', () => {
  let now = 0;
  const written: object[] = [];
  const write = throttle(
    (kind, fields) => written.push({ kind, ...fields }),
    () => now,
  );
  for (const at of [0, 1, 999, 1_000, 1_001, 5_000]) {
    now = at;
    write('a', { at });
    if (at === 1) write('b', { at });
  }
  expect(written).toEqual([
    { kind: 'a', at: 0 },
    { kind: 'b', at: 1 },
    { kind: 'a', at: 1_000, leftOut: 2 },
    { kind: 'a', at: 5_000, leftOut: 1 },
  ]);
});

import { describe, expect, test } from 'vitest';
import { CallLog } from '../../src/http/listener/call-log.ts';
import { throttle } from '../../src/http/listener/failure-log.ts';
import { SILENT } from '../../src/transact/log.ts';
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
  for (const id of ['alice@shop.example', 'alice%40shop.example']) await shop.fetch(`/api/v1/customers/${id}/export`);
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

const HASH = /^[\w-]{22}$/;

test('logs refused calls at info level, with the hash of the session, and no other ones', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'info' });
  const who = { session: 'a-shopper-of-no-note', headers: { 'x-request-id': 'refused-1' } };
  await shop.query('stock.availability', { skus: ['a'] });
  await shop.mutate('cart.add', { nonsense: 1 }, who);
  await shop.fetch('/api/v1/orders/ord_none');
  expect(shop.log).toMatchObject([
    {
      level: 30,
      procedure: 'cart.add',
      reason: 'invalid_input',
      ms: expect.any(Number),
      requestId: 'refused-1',
      session: expect.stringMatching(HASH),
      msg: 'a refused call',
    },
    { procedure: 'orders.get', reason: 'session_required', requestId: expect.stringMatching(/^req_/) },
  ]);
});

test('logs requests that are refused before their call begins', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'info', RATE_READS_MAX: '1' });
  const who = { session: 'a-shopper-in-a-hurry' };
  for (let call = 0; call < 2; call += 1) await shop.query('cart.get', undefined, who);
  const line = shop.log.find(({ msg }) => msg === 'a refused request');
  expect(line).toMatchObject({ path: '/trpc/cart.get', reason: 'rate_limited', requestId: expect.any(String) });
  await shop.fetch('/api/v1/customers/alice@shop.example/export', { headers: { 'x-session-id': who.session } });
  expect(shop.log.at(-1)).toMatchObject({ path: '/api/v1/customers/.../export', reason: 'rate_limited' });
});

describe('the lines of calls', () => {
  const from = { requestId: 'r', session: { hash: 'h' }, client: 'clt_1' };
  const call = { path: 'cart.add', outcome: 'ok' as const, ms: 1, from };
  function opened(): { calls: CallLog; lines: object[] } {
    const lines: object[] = [];
    const log = { ...SILENT, info: (fields: object, msg: string) => void lines.push({ ...fields, msg }) };
    return { calls: new CallLog({ log, slowMs: 100, clientOf: () => undefined }), lines };
  }

  test('are bounded for each reason in a second, and the further ones are counted', () => {
    const { calls, lines } = opened();
    for (let n = 0; n < 1_000; n += 1) calls.note({ ...call, outcome: 'insufficient_stock' });
    calls.note({ ...call, outcome: 'internal' });
    expect(lines).toHaveLength(6);
    calls.close();
    expect(lines.slice(5)).toMatchObject([
      { reason: 'internal' },
      { reason: 'insufficient_stock', leftOut: 995, msg: 'further calls of this kind in the last second' },
    ]);
    calls.note({ ...call, outcome: 'insufficient_stock' });
    expect(lines).toHaveLength(8);
    calls.close();
  });

  test('include slow calls that succeed', () => {
    const { calls, lines } = opened();
    for (const ms of [99, 100]) calls.note({ ...call, ms });
    calls.close();
    const fields = { procedure: 'cart.add', ms: 100, requestId: 'r', session: 'h', client: 'clt_1' };
    expect(lines).toEqual([{ ...fields, msg: 'a slow call' }]);
  });
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

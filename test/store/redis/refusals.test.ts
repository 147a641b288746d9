import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { poll } from '../../support/poll.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { configure, put, receive, release, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop, type RedisShop } from './redis-shop.ts';

const reserveOne = (id: string) => [transaction(id, [reserve(id, 'A', 1)])];

/** Expects a refusal at once with a message for operators and without an effect, and success after `end`. */
async function expectRefused(shop: RedisShop, message: RegExp, end: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  const error = await shop.store.apply(reserveOne('refused')).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ fault: 'unavailable', message: expect.stringMatching(message) });
  expect(performance.now() - started).toBeLessThan(1_000);
  await end();
  const [snapshot] = await shop.store.read([{ holds: ['refused'], requests: ['refused'], skus: ['A'] }]);
  expect(snapshot).toMatchObject({ holds: [null], requests: [null], stock: [{ reserved: 0 }] });
  expect((await shop.store.apply(reserveOne('after'))).answers).toMatchObject([{ status: 'applied' }]);
}

async function stocked(): Promise<RedisShop> {
  const shop = await openRedisShop();
  await applySteps(shop.store, configure('A'), receive('A', 9));
  return shop;
}

test('refuses writes on OOM, and answers reads', async () => {
  await using shop = await stocked();
  await shop.admin.config('SET', 'maxmemory', '1');
  expect(await shop.store.listStock({ limit: 5 })).toHaveLength(1);
  await expectRefused(shop, /out of memory.*OOM/, () => shop.admin.config('SET', 'maxmemory', '0'));
});

test('refuses writes on READONLY', async () => {
  await using shop = await stocked();
  await shop.admin.replicaof('127.0.0.1', 1);
  await expectRefused(shop, /replica/, () => shop.admin.replicaof('NO', 'ONE'));
});

test('refuses writes on NOREPLICAS', async () => {
  await using shop = await stocked();
  await shop.admin.config('SET', 'min-replicas-to-write', '1');
  await expectRefused(shop, /too few replicas/, () => shop.admin.config('SET', 'min-replicas-to-write', '0'));
});

test('refuses writes on BUSY', async () => {
  await using shop = await stocked();
  await shop.admin.config('SET', 'busy-reply-threshold', '10');
  const other = new Redis(shop.redis.socketPath, { retryStrategy: () => null });
  const endless = other.eval('while true do end', 0).catch(() => undefined);
  await poll(() => shop.admin.get('any').then(Boolean, (error: Error) => error.message.startsWith('BUSY')));
  await expectRefused(shop, /busy with another script/, async () => {
    await shop.admin.call('SCRIPT', 'KILL');
    await endless;
    other.disconnect();
  });
});

test('refuses writes on NOPERM when rights are removed during operation', async () => {
  await using shop = await stocked();
  await shop.admin.call('ACL', 'SETUSER', 'default', '-@write', '-fcall');
  await expectRefused(shop, /may not do/, () => shop.admin.call('ACL', 'SETUSER', 'default', '+@all'));
});

test('a script that fails before it writes is batch_failed, because it has no effect', async () => {
  await using shop = await stocked();
  await shop.admin.call('ACL', 'SETUSER', 'default', '-hmget');
  const error = await shop.store.apply(reserveOne('t')).catch((reason: unknown) => reason);
  expect(faultOf(error)).toBe('batch_failed');
  await shop.admin.call('ACL', 'SETUSER', 'default', '+@all');
  expect((await shop.store.apply(reserveOne('t'))).answers).toMatchObject([{ status: 'applied' }]);
});

/** Writes to every key of a shop, except the lists that do not have the order. */
const EVERYTHING = transaction('t', [
  configure('B'),
  release('held'),
  reserve('h', 'A', 1, { customer: 'customer:1' }),
  put('order:1', 'absent', { body: 'x', list: 'placed', dueInMs: 1_000 }),
]);
const WRITTEN = ['stock', 'holds', 'docs', 'due:holds', 'due:skus', 'due:docs', 'counts', 'skus', 'ledger'] as const;

test.each([...WRITTEN, 'orders:placed', 'requests:long:0', 'requests:short:1', 'ended:0', 'ended:1'])(
  'a key %s of a wrong type fails a batch that uses it, before anything is written',
  async (name) => {
    await using shop = await stocked();
    await applySteps(shop.store, reserve('held', 'A', 1));
    const holds = await shop.admin.hkeys(shop.key('holds'));
    const before = await shop.admin.hgetall(shop.key('meta'));
    await shop.admin.rename(shop.key(name), 'kept').catch(() => undefined);
    await shop.admin.set(shop.key(name), 'a string');
    const error = await shop.store.apply([EVERYTHING]).catch((reason: unknown) => reason);
    expect(faultOf(error)).toBe('batch_failed');
    expect(String(error)).toMatch(new RegExp(`${name}.* is a string and not a|WRONGTYPE`));
    expect(await shop.admin.hgetall(shop.key('meta'))).toEqual(before);
    if (name !== 'holds') expect(await shop.admin.hkeys(shop.key('holds'))).toEqual(holds);
  },
);

test.each(['sequence', 'at', 'long'])(
  'a %s of the shop that is not a number fails a batch before anything is written',
  async (field) => {
    await using shop = await stocked();
    await shop.admin.hset(shop.key('meta'), field, 'x');
    const error = await shop.store.apply(reserveOne('t')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ fault: 'batch_failed', message: expect.stringContaining(`has a bad ${field}`) });
    expect(await shop.admin.exists(shop.key('holds'))).toBe(0);
  },
);

test('a call to a server that does not return is unavailable by its deadline, because nothing was sent', async () => {
  await using shop = await openRedisShop({ batchDeadlineMs: 300, readDeadlineMs: 300 });
  await shop.redis.kill9();
  await poll(() =>
    shop.store.health().then(
      () => false,
      () => true,
    ),
  );
  const started = performance.now();
  const calls = [shop.store.apply(reserveOne('t')), shop.store.reclaim({ limit: 1 }), shop.store.read([{}])];
  const faults = await Promise.all(calls.map((call) => call.catch(faultOf)));
  expect(faults).toEqual(['unavailable', 'unavailable', 'unavailable']);
  expect(performance.now() - started).toBeLessThan(1_500);
});

test('a call to a silent server has an unknown outcome by its deadline, and a retry with the same id resolves it', async () => {
  await using shop = await stocked();
  await using proxy = await startTcpProxy(shop.redis.socketPath);
  const store = await shop.open({ url: proxy.url, batchDeadlineMs: 300, readDeadlineMs: 300 });
  let wake = () => {};
  const stalled = proxy.stallUntil(new Promise<void>((resolve) => (wake = resolve)));
  const calls = [store.apply(reserveOne('t')), store.reclaim({ limit: 1 }), store.listHolds({ limit: 9 })];
  expect(await Promise.all(calls.map((call) => call.catch(faultOf)))).toEqual([
    'outcome_unknown',
    'outcome_unknown',
    'unavailable',
  ]);
  wake();
  await stalled;
  await poll(() =>
    store.health().then(
      () => true,
      () => false,
    ),
  );
  const { answers } = await store.apply(reserveOne('t'));
  expect(answers).toMatchObject([{ granted: [1] }]);
  expect(await store.listHolds({ limit: 9 })).toHaveLength(1);
});

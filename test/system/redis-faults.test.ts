import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { allOrders, expectBalance, expectSound, stockUp } from '../support/books.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { insist } from '../support/shopper.ts';

const STOCK = { tea: 100, mug: 100 };
const DEADLINE_MS = 10_000;
const BUYERS = 10;

interface Fault {
  word: string;
  /** The line that the log has of it. */
  says: RegExp;
  /** Whether carts can still be read. */
  reads: boolean;
  /** Makes Redis answer with this error. Returns the function that ends it. */
  begin(redis: RedisServer, admin: Redis): Promise<() => Promise<void>>;
}

const oom: Fault = {
  word: 'OOM',
  says: /out of memory/,
  reads: true,
  async begin(_, admin) {
    await admin.config('SET', 'maxmemory', '1');
    return async () => {
      await admin.config('SET', 'maxmemory', '0');
    };
  },
};

const readonly: Fault = {
  word: 'READONLY',
  says: /replica/,
  // The store leaves a server completely that is not a master any more.
  reads: false,
  async begin(_, admin) {
    await admin.replicaof('127.0.0.1', 1);
    return async () => {
      await admin.replicaof('NO', 'ONE');
    };
  },
};

const busy: Fault = {
  word: 'BUSY',
  says: /busy with another script/,
  reads: false,
  async begin(redis, admin) {
    await admin.config('SET', 'busy-reply-threshold', '10');
    const other = new Redis(redis.socketPath, { retryStrategy: () => null });
    const endless = other.eval('while true do end', 0).catch((error: Error) => error);
    const isBusy = () => admin.get('any key').then(Boolean, (error: Error) => error.message.startsWith('BUSY'));
    await poll(isBusy);
    return async () => {
      await admin.call('SCRIPT', 'KILL');
      await endless;
      other.disconnect();
    };
  },
};

/** It takes time for each key, so that everything in the meantime is refused. */
const loading: Fault = {
  word: 'LOADING',
  says: /loading its data/,
  reads: false,
  async begin(redis, admin) {
    const kilobyte = () => randomBytes(512).toString('hex');
    const filler = Array.from({ length: 5_000 }, (_, index) => [`filler-${index}`, kilobyte()]).flat();
    await admin.mset(filler);
    await admin.bgrewriteaof();
    await poll(async () => (await admin.info('persistence')).includes('aof_rewrite_in_progress:0'));
    await redis.stop();
    const restarted = redis.restart({ 'key-load-delay': '4000', 'loading-process-events-interval-bytes': '1024' });
    const isLoading = async () => (await admin.info('persistence')).includes('loading:1');
    await poll(isLoading, { timeoutMs: 10_000, describe: () => 'it has loaded before anybody could see it' });
    return async () => {
      await admin.config('SET', 'key-load-delay', '0');
      await restarted;
    };
  },
};

const faults = [oom, readonly, busy, loading];

const isReady = async (caller: HttpCaller): Promise<boolean> => (await caller.get('/health/ready')).status === 200;

/** Every buyer adds and pays, with retries. Resolves to the refusals during the fault, and the orders. */
async function buyAll(caller: HttpCaller, name: string) {
  const buyers = Array.from({ length: BUYERS }, (_, index) => `${name}-buyer-${index}`);
  const shop = () => Promise.resolve(caller);
  return Promise.all(
    buyers.map(async (session) => {
      const lines = { sku: 'tea', quantity: 2, idempotencyKey: 'add' };
      must((await insist(shop, session, (own) => own.mutate('cart.add', lines))).answer);
      const pay = { idempotencyKey: 'pay' };
      return must((await insist(shop, session, (own) => own.mutate('checkout.place', pay))).answer);
    }),
  );
}

/** The refusals during the fault: nothing happened, and they come soon. */
async function expectRefusals(caller: HttpCaller, { reads }: Fault): Promise<void> {
  const own = caller.as('shopper-of-mugs');
  const added = await own.mutate('cart.add', { sku: 'mug', quantity: 1, idempotencyKey: 'second' });
  expect(added).toMatchObject({ ok: false, reason: 'store_unavailable', status: 503 });
  expect(added.ms).toBeLessThan(DEADLINE_MS);
  const cart = await own.query('cart.get', {});
  expect(cart).toMatchObject(reads ? { ok: true, value: { lines: [{ sku: 'mug', quantity: 3 }] } } : { ok: false });
  if (!cart.ok) expect(cart.reason).toBe('store_unavailable');
  expect(cart.ms).toBeLessThan(DEADLINE_MS);
}

async function suffer(fault: Fault, redis: RedisServer, server: ServerProcess, caller: HttpCaller): Promise<void> {
  const admin = new Redis(redis.socketPath, { maxRetriesPerRequest: null, enableReadyCheck: false });
  admin.on('error', () => undefined);
  const end = await fault.begin(redis, admin);
  const buying = buyAll(caller, fault.word);
  await expectRefusals(caller, fault);
  await poll(() => fault.says.test(server.output()), { describe: () => `${fault.says} is not in\n${server.output()}` });
  await end();
  admin.disconnect();
  const orders = await buying;
  await poll(() => isReady(caller), { timeoutMs: DEADLINE_MS });
  expect(await allOrders(caller)).toHaveLength(BUYERS);
  await expectBalance(caller, STOCK, orders);
}

test.each(faults)(
  'refuses calls while Redis answers $word, and is whole afterwards',
  { timeout: 60_000 },
  async (fault) => {
    await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
    await using server = await startServerProcess({ REDIS_URL: redis.url });
    const caller = new HttpCaller(server.url);
    await stockUp(caller, STOCK);
    const own = caller.as('shopper-of-mugs');
    must(await own.mutate('cart.add', { sku: 'mug', quantity: 3, idempotencyKey: 'first' }));
    await suffer(fault, redis, server, caller);
    const cart = must(await own.mutate('cart.add', { sku: 'mug', quantity: 1, idempotencyKey: 'second' }));
    expect(cart.lines).toMatchObject([{ sku: 'mug', quantity: 4 }]);
    await expectSound(caller);
    caller.close();
  },
);

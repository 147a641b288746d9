import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { DAY_MS, HOUR_MS, type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const NEAR_MS = 30_000;
/** The lifetime of a hold in the tests that wait for its end. */
const TTL_MS = 8_000;
/** Longer than the shortest step of the clock that is detected. */
const PAUSE_MS = 11_000;

interface Shop extends AsyncDisposable {
  clock: ShiftedClock;
  /** The first of the servers. On Redis there are two. */
  servers: () => readonly ServerProcess[];
  caller: () => HttpCaller;
  /** Stops the servers, changes the clock, and starts them again. */
  restart(change: () => void): Promise<void>;
}

interface Parts {
  clock: ShiftedClock;
  environments: readonly Record<string, string>[];
  end: () => Promise<void>;
}

/**
 * The shifted clock is that of the process that keeps the data: the Redis server, or the server of the embedded shop.
 */
const stores: Record<string, (settings: Record<string, string>) => Promise<Parts>> = {
  async embedded(settings) {
    const [clock, dir] = [await shiftedClock(), await tempDir()];
    return {
      clock,
      environments: [{ DATA_DIR: dir.path, ...settings, ...clock.env }],
      end: async () => dir[Symbol.asyncDispose](),
    };
  },
  async redis(settings) {
    const clock = await shiftedClock();
    const redis: RedisServer = await startRedis({ appendonly: 'yes' }, { env: clock.env });
    const environment = { REDIS_URL: redis.url, ...settings };
    return { clock, environments: [environment, environment], end: async () => redis[Symbol.asyncDispose]() };
  },
};

async function openShop(store: string, settings: Record<string, string> = {}): Promise<Shop> {
  const { clock, environments, end } = await stores[store]!(settings);
  let servers: ServerProcess[] = [];
  let caller: HttpCaller | null = null;
  const start = async () => {
    for (const environment of environments) servers.push(await startServerProcess(environment));
    caller = new HttpCaller(servers[0]!.url);
  };
  const stop = async () => {
    caller?.close();
    for (const server of servers.splice(0)) await server.stop();
  };
  await start();
  return {
    clock,
    servers: () => servers,
    caller: () => caller!,
    async restart(change) {
      await stop();
      change();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      servers = [];
      await end();
      await clock[Symbol.asyncDispose]();
    },
  };
}

const SESSION = 'a-shopper-with-a-cart';
const linesOf = async (shop: Shop) => {
  const answer = await shop.caller().as(SESSION).query('cart.get', {});
  return answer.ok ? answer.value.lines.length : -1;
};

async function fillCart(shop: Shop): Promise<void> {
  const operator = shop.caller().asOperator();
  must(await operator.mutate('stock.define', { sku: 'lamp' }));
  must(await operator.mutate('stock.receive', { sku: 'lamp', quantity: 5 }));
  must(await shop.caller().as(SESSION).mutate('cart.add', { sku: 'lamp', quantity: 2 }));
}

/** Polls the cart, and returns the milliseconds until it is empty. */
async function untilCartEnds(shop: Shop): Promise<number> {
  const start = performance.now();
  await poll(async () => (await linesOf(shop)) === 0, { timeoutMs: 60_000 });
  return performance.now() - start;
}

/** Runs the command line against the shop, and returns its JSON output. */
async function holdfast(shop: Shop, ...args: string[]): Promise<{ offsetMs: number; slewing: boolean }> {
  const out: string[] = [];
  const env = { HOLDFAST_URL: shop.servers()[0]!.url, OPERATOR_KEY };
  const options = { args: [...args, '--json'], env, out: (text: string) => void out.push(text), err: () => undefined };
  expect(await runCli(options)).toBe(0);
  return JSON.parse(out.join('\n'));
}

const readiness = async (shop: Shop) => {
  const { status, body } = await shop.caller().get('/health/ready');
  const found = JSON.parse(body) as { store?: { details: { clockOffsetMs: number } } };
  return { status, offsetMs: found.store?.details.clockOffsetMs ?? 0 };
};

const untilOffsetIs = (shop: Shop, offsetMs: number) =>
  poll(async () => Math.abs((await readiness(shop)).offsetMs - offsetMs) < NEAR_MS, { timeoutMs: 40_000 });

async function expectSound(shop: Shop): Promise<void> {
  expect(must(await shop.caller().asOperator().query('admin.audit', {}))).toMatchObject({ ok: true });
}

const logged = (shop: Shop) =>
  shop
    .servers()
    .map((server) => server.output())
    .join('\n');

/** The tests mostly wait, so they run concurrently. */
describe.concurrent.each(Object.keys(stores))('the wall clock steps, on %s', { timeout: 120_000 }, (store) => {
  test('after a day ahead and back, the cart stays alive and ends after its real duration', async () => {
    await using shop = await openShop(store, { HOLD_TTL_MS: String(TTL_MS) });
    await fillCart(shop);
    const ending = untilCartEnds(shop);
    shop.clock.shift(DAY_MS);
    await untilOffsetIs(shop, -DAY_MS);
    expect((await readiness(shop)).status).toBe(200);
    expect(logged(shop)).toMatch(/"level":50.*The wall clock stepped ahead by 86\d\d\d s/);
    shop.clock.shift(0);
    await untilOffsetIs(shop, 0);
    expect(await ending).toBeGreaterThan(TTL_MS - 1_000);
    const metrics = await Promise.all(shop.servers().map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const steps = metrics.map((text) => Number(/^holdfast_clock_steps_total (\d+)$/m.exec(text)?.[1]));
    expect(steps.reduce((sum, count) => sum + count, 0)).toBe(2);
    await expectSound(shop);
  });

  test('after an hour back with a restart, the server reports it, ends the cart in time, and works off the offset on request', async () => {
    await using shop = await openShop(store, { HOLD_TTL_MS: String(TTL_MS) });
    await shop.restart(() => shop.clock.shift(-HOUR_MS));
    await fillCart(shop);
    const ending = untilCartEnds(shop);
    expect(logged(shop)).toMatch(/"level":50.*The wall clock is 3[56]\d\d s behind the shop's last time/);
    expect(await ending).toBeGreaterThan(TTL_MS - 1_000);
    expect(Math.abs((await holdfast(shop, 'clock')).offsetMs - HOUR_MS)).toBeLessThan(NEAR_MS);
    expect(await holdfast(shop, 'clock', 'accept')).toMatchObject({ slewing: true });
    await expectSound(shop);
  });

  test('after a permanent day ahead with a restart, the operator accepts the new time and the cart ends at once', async () => {
    await using shop = await openShop(store);
    await fillCart(shop);
    const session = shop.caller().as('a-buyer-who-asks-again');
    must(await session.mutate('cart.add', { sku: 'lamp', quantity: 1 }));
    const order = must(await session.mutate('checkout.place', { idempotencyKey: 'pay-once' }));
    shop.clock.shift(DAY_MS);
    await untilOffsetIs(shop, -DAY_MS);
    await shop.restart(() => undefined);
    expect(await linesOf(shop)).toBe(1);
    expect(await holdfast(shop, 'clock', 'accept')).toMatchObject({ offsetMs: 0, slewing: false });
    await poll(async () => (await linesOf(shop)) === 0, { timeoutMs: 60_000 });
    const again = await shop
      .caller()
      .as('a-buyer-who-asks-again')
      .mutate('checkout.place', { idempotencyKey: 'pay-once' });
    expect(must(again).orderId).toBe(order.orderId);
    await expectSound(shop);
  });
});

test.concurrent('a server that is stopped for longer than a step does not detect one', {
  timeout: 120_000,
}, async () => {
  await using embedded = await openShop('embedded');
  await using redis = await openShop('redis');
  const servers = [...embedded.servers(), ...redis.servers()];
  for (const { pid } of servers) process.kill(pid, 'SIGSTOP');
  await sleep(PAUSE_MS);
  for (const { pid } of servers) process.kill(pid, 'SIGCONT');
  for (const shop of [embedded, redis]) {
    await fillCart(shop);
    expect(await readiness(shop)).toEqual({ status: 200, offsetMs: 0 });
    expect(logged(shop)).not.toMatch(/wall clock/);
  }
});

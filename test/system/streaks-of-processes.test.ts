import { expect, test } from 'vitest';
import { createHoldfast, createHoldfastHandler, openRedisStore, PRODUCTION_SETTINGS } from '../../src/index.ts';
import { openStore } from '../../src/server/compose.ts';
import { loadConfig } from '../../src/server/settings/config.ts';
import { startServer } from '../../src/server/start-server.ts';
import { MovableClock } from '../../src/store/time/movable-clock.ts';
import { SILENT } from '../../src/transact/log.ts';
import { FollowedNotes } from '../support/followed-notes.ts';
import { startRedis } from '../support/redis-server.ts';
import { callsOver, type Credentials, OPERATOR_KEY, type ShopServer } from '../support/shop-server.ts';

const MINUTE_MS = 60_000;
const CLIENT = '93.184.216.34';
const TTL_MS = 60 * MINUTE_MS;

type Calls = Pick<ShopServer, 'mutate'>;

/** A server of a shop in Redis. */
async function startServing(url: string, clock: MovableClock) {
  const config = loadConfig({
    PORT: '0',
    OPERATOR_KEY,
    REDIS_URL: url,
    DURABILITY: 'none',
    TRUST_PROXY: 'loopback',
    HOLD_TTL_MS: String(TTL_MS),
    HOLD_LIFETIME_MAX_MS: String(TTL_MS),
    HOLD_COOLDOWN_MS: String(TTL_MS),
  });
  const opened = await openStore(config, SILENT, () => undefined);
  if (!opened.sharedNotes) throw new Error('the store of a server shares no notes');
  const notes = new FollowedNotes(opened.sharedNotes);
  const running = await startServer(config, { ...opened, sharedNotes: notes, clock: clock.now }, SILENT);
  return {
    notes,
    calls: callsOver((path, init) => fetch(running.url + path, init)),
    [Symbol.asyncDispose]: () => running.close(),
  };
}

/** A program that has the same shop in its process, as docs/in-process.md says. */
async function openProgram(url: string, clock: MovableClock) {
  const store = await openRedisStore({ url, shop: 'main', durability: 'none' });
  const notes = new FollowedNotes(store.sharedNotes());
  const settings = { ...PRODUCTION_SETTINGS, holdTtlMs: TTL_MS, holdLifetimeMaxMs: TTL_MS, holdCooldownMs: TTL_MS };
  const leadership = store.leadership('expiry');
  const holdfast = createHoldfast({ store, leadership, sharedNotes: notes, settings, now: clock.now });
  const clientOf = (request: Request): string | null => request.headers.get('x-forwarded-for');
  const handler = createHoldfastHandler(holdfast, { operatorKey: OPERATOR_KEY, clientOf, startExpiry: false });
  return {
    notes,
    calls: callsOver((path, init) => handler(new Request(`http://shop.test${path}`, init))),
    async [Symbol.asyncDispose]() {
      await holdfast.close();
      await store.close();
    },
  };
}

const shopper = (session: string, client = CLIENT): Credentials => ({
  session: `session-of-${session}`,
  headers: { 'x-forwarded-for': client },
});

/** Adds a unit. Returns the minutes that its hold has. */
async function add({ mutate }: Calls, who: Credentials): Promise<number> {
  const { data, text } = await mutate('cart.add', { sku: 'drop', quantity: 1 }, who);
  if (!data) throw new Error(text);
  const { serverTime, lines } = data as { serverTime: number; lines: { expiresAt: number }[] };
  return ((lines[0]?.expiresAt ?? NaN) - serverTime) / MINUTE_MS;
}

test('a fresh session of a client does not start a new life on another process: a server, a program', async () => {
  await using redis = await startRedis();
  const clock = new MovableClock();
  await using server = await startServing(redis.url, clock);
  await using program = await openProgram(redis.url, clock);
  for (const [here, there, minutes] of [
    [server, program, 50],
    [program, server, 40],
  ] as const) {
    const sku = 'drop';
    await here.calls.mutate('stock.define', { sku }, { operator: true });
    await here.calls.mutate('stock.receive', { sku, quantity: 500 }, { operator: true });
    const attacker = shopper(`attacker-${minutes}`);
    await add(here.calls, attacker);
    clock.advance(10 * MINUTE_MS);
    expect((await here.calls.mutate('cart.remove', { sku }, attacker)).status).toBe(200);
    await here.notes.sent();
    await there.notes.read();
    const fresh = shopper(`fresh-${minutes}`);
    expect(await add(there.calls, fresh)).toBe(minutes);
    expect(await add(there.calls, shopper(`honest-${minutes}`, '151.101.1.69'))).toBe(60);
    await there.calls.mutate('cart.remove', { sku }, fresh);
  }
});

import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { REST_PATHS } from '../../src/contract/rest-paths.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { type Ask, askForEverything, LINE_QUANTITY_MAX } from '../support/answer-script.ts';
import { keepKeys } from '../support/kept-keys.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { START } from '../support/transactions.ts';

const OPERATOR = { operator: true };
const LISTS = ['stock.list', 'orders.list', 'reservations.list', 'holds.list', 'locations.list', 'keys.list'];
/** So that the whole script is within the minutes that a process remembers. */
const PASSED_MS_MAX = 10_000;

/** Returns what operators and two shoppers see, without versions and the times of changes. */
async function seenIn(shop: ShopServer): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  for (const list of LISTS) seen[list] = (await shop.query(list, {}, OPERATOR)).data;
  for (const session of ['shopper-ann', 'shopper-bob'])
    seen[session] = (await shop.query('cart.get', {}, { session })).data;
  const { ok, totals, violations } = (await shop.query('admin.audit', {}, OPERATOR)).data as Record<string, unknown>;
  seen['audit'] = { ok, totals, violations };
  const unstable = /^(version|updatedAt|serverTime)$/;
  return JSON.parse(JSON.stringify(seen, (name, value: unknown) => (unstable.test(name) ? undefined : value)));
}

test('a shop that has lost the work of every procedure is the same after a replay', { timeout: 120_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  const admin = new Redis(redis.socketPath);
  const clock = { now: START };
  const options = { url: redis.url, shop: 'main', durability: 'local', clock: () => clock.now } as const;
  await using shop = await startShop(
    { LINE_QUANTITY_MAX: String(LINE_QUANTITY_MAX), SELL_AT: 'dispatch' },
    await openRedisStore(options),
  );
  const lose = await keepKeys(admin, 'main');
  const ask: Ask = async (procedure, input = {}, who = {}) => {
    const list = procedure === 'stock.availability' ? { skus: String(input['skus']).split(',') } : input;
    const isQuery = REST_PATHS[procedure]?.method === 'GET';
    const { data, error } = await (isQuery ? shop.query(procedure, list, who) : shop.mutate(procedure, list, who));
    return error ? undefined : (data as Awaited<ReturnType<Ask>>);
  };
  await askForEverything(ask, (ms) => {
    clock.now += Math.min(ms, PASSED_MS_MAX);
  });
  const before = await seenIn(shop);
  expect(before['audit']).toMatchObject({ ok: true });
  await lose();
  admin.disconnect();
  const shown = await poll(async () => {
    const { data } = await shop.query('admin.loss', {}, OPERATOR);
    return (data as { loss: { kept: number } | null }).loss ?? undefined;
  });
  const input = { acceptSequence: shown.kept, replay: true };
  const { data, error } = await shop.mutate('admin.recover', input, OPERATOR);
  expect(error).toBeUndefined();
  expect(data).toMatchObject({ replay: { refused: 0, refusals: [], unknown: [] } });
  expect(await seenIn(shop)).toEqual(before);
});

import { expect, test } from 'vitest';
import { ENDED_HOLD_PERIOD_MS, REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../../src/domain/limits.ts';
import { configure, receive, release, reserve, transaction } from '../../support/transactions.ts';
import { openRedisShop, type RedisShop } from './redis-shop.ts';

const START = REQUEST_LONG_PERIOD_MS * 20_000;
const FAMILIES = ['requests:short', 'requests:long', 'ended'] as const;

/** Counts the records in both slots of each family, without the fencing token, which is among the short ones. */
async function sizes({ admin, key }: RedisShop): Promise<number[]> {
  const count = async (family: string) => {
    const names = (await Promise.all([0, 1].map((slot) => admin.hkeys(key(`${family}:${slot}`))))).flat();
    return names.filter((name) => !name.startsWith(' ')).length;
  };
  return Promise.all(FAMILIES.map(count));
}

test('deletes short and long request records and ended holds after their retention, one slot at a time', async () => {
  const clock = { now: START };
  await using shop = await openRedisShop({ clock: () => clock.now });
  const { store } = shop;
  const life = [configure('A'), receive('A', 1), reserve('h', 'A', 1), release('h')];
  await store.apply([transaction('short', life), transaction('long', [configure('A')], { retention: 'long' })]);
  const after = async (ms: number) => {
    clock.now = START + ms;
    await store.reclaim({ limit: 1 });
    return sizes(shop);
  };
  expect(await after(0)).toEqual([1, 1, 1]);
  expect(await after(REQUEST_SHORT_PERIOD_MS * 2 - 1)).toEqual([1, 1, 1]);
  expect(await after(REQUEST_SHORT_PERIOD_MS * 2)).toEqual([0, 1, 1]);
  expect(await after(ENDED_HOLD_PERIOD_MS * 2 - 1)).toEqual([0, 1, 1]);
  expect(await after(ENDED_HOLD_PERIOD_MS * 2)).toEqual([0, 0, 0]);
});

test('keeps two slots per family after any time of use', async () => {
  const clock = { now: START };
  await using shop = await openRedisShop({ clock: () => clock.now });
  await shop.store.apply([transaction('supply', [configure('A'), receive('A', 1)])]);
  for (let day = 0; day < 400; day += 1) {
    clock.now += 43_200_000;
    const hold = `h${day}`;
    const steps = [reserve(hold, 'A', 1), release(hold)];
    const retention = day % 2 === 0 ? 'long' : 'short';
    const { answers } = await shop.store.apply([transaction(`t${day}`, steps, { retention })]);
    expect(answers[0]?.status).toBe('applied');
  }
  const [short = 0, long = 0, ended = 0] = await sizes(shop);
  expect(short).toBeLessThanOrEqual(1);
  expect(long).toBeLessThanOrEqual(2);
  expect(ended).toBeLessThanOrEqual(4);
});

test('a shop that was not used for days keeps its idempotency keys, which only age while it is in use', async () => {
  await using shop = await openRedisShop();
  const paid = transaction('paid', [configure('A')], { retention: 'long' });
  await shop.store.apply([paid]);
  await shop.store.close();
  // As if this had been days ago. An even number of periods has passed, so the records stay in their slots.
  const spans = { at: 1, short: REQUEST_SHORT_PERIOD_MS, long: REQUEST_LONG_PERIOD_MS, ended: ENDED_HOLD_PERIOD_MS };
  for (const [field, span] of Object.entries(spans)) {
    await shop.admin.hincrby(shop.key('meta'), field, (-4 * REQUEST_LONG_PERIOD_MS) / span);
  }
  const { answers } = await (await shop.open()).apply([paid]);
  expect(answers).toMatchObject([{ status: 'replayed' }]);
});

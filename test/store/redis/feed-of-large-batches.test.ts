import { expect, test } from 'vitest';
import type { MovementId } from '../../../src/domain/records.ts';
import { configure, receive, transaction } from '../../support/transactions.ts';
import { openRedisShop, type RedisShop } from './redis-shop.ts';

const BATCHES = 60;
const MOVEMENTS_EACH = 100;
const PAGE = 100;

async function sentBytes({ admin }: RedisShop): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(await admin.info('stats'))?.[1]);
}

async function idsInPages(shop: RedisShop, limit: number): Promise<MovementId[]> {
  const ids: MovementId[] = [];
  for (;;) {
    const entries = await shop.store.feed({ after: ids.at(-1) ?? null, limit });
    if (entries.length === 0) return ids;
    ids.push(...entries.map(({ id }) => id));
  }
}

test('small pages of a ledger with large batches do not each send the whole ledger', async () => {
  await using shop = await openRedisShop();
  await shop.store.apply([transaction('sku', [configure('cup')])]);
  const steps = Array.from({ length: MOVEMENTS_EACH }, () => receive('cup', 1));
  for (let batch = 0; batch < BATCHES; batch += 1) await shop.store.apply([transaction(`t-${batch}`, steps)]);
  const before = await sentBytes(shop);
  const all = await shop.store.feed({ after: null, limit: 5_000 });
  const once = (await sentBytes(shop)) - before;
  expect(all).toHaveLength(5_000);
  const ids = await idsInPages(shop, PAGE);
  expect(ids).toHaveLength(BATCHES * MOVEMENTS_EACH);
  expect(ids.slice(0, 5_000)).toEqual(all.map(({ id }) => id));
  // Each page reads some batches more than it needs. All batches with each page would be 30 times as much.
  expect((await sentBytes(shop)) - before - once).toBeLessThan(12 * once);
});

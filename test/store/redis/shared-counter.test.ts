import { expect, test } from 'vitest';
import { openRedisShop } from './redis-shop.ts';

test('processes of a shop share counts, which expire', async () => {
  await using shop = await openRedisShop();
  const [one, other] = [shop.store.sharedCounter(), (await shop.open()).sharedCounter()];
  expect(await one.add('client:read:7:a', 60)).toBe(60);
  expect(await other.add('client:read:7:a', 15)).toBe(75);
  expect(await other.add('client:read:8:a', 1)).toBe(1);
  const key = shop.key('rate:client:read:7:a');
  expect(await shop.admin.get(key)).toBe('75');
  expect(await shop.admin.pttl(key)).toBeGreaterThan(60_000);
});

import { afterEach, expect, test } from 'vitest';
import { EMBEDDED_MIGRATIONS } from '../../src/store/embedded/tables/embedded-migrations.ts';
import { openRows } from '../../src/store/embedded/files/environment.ts';
import { type Migrations, RECORD_FORMAT } from '../../src/store/record-format.ts';
import { REDIS_MIGRATIONS } from '../../src/store/redis/redis-migrations.ts';
import { configure, transaction } from '../support/transactions.ts';
import { openShop } from './embedded/shops.ts';
import { openRedisShop } from './redis/redis-shop.ts';

/** Migrations that fail or count replace those of the format before the current one. */
const OLDER = RECORD_FORMAT - 1;
const changeable = <M>(migrations: Migrations<M>) => migrations as Record<number, M>;
const [embeddedMigration, redisMigration] = [EMBEDDED_MIGRATIONS[OLDER]!, REDIS_MIGRATIONS[OLDER]!];

afterEach(() => {
  changeable(EMBEDDED_MIGRATIONS)[OLDER] = embeddedMigration;
  changeable(REDIS_MIGRATIONS)[OLDER] = redisMigration;
});

test('the embedded store runs a migration once, in the transaction that opens the data', async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('a', [configure('A')])]);
  let runs = 0;
  changeable(EMBEDDED_MIGRATIONS)[OLDER] = ({ meta }) => {
    runs += 1;
    meta.put('migrated', [runs]);
    if (runs === 1) throw new Error('a migration that fails');
  };
  const opening = shop.reopen((root) =>
    root.transactionSync(() => openRows<string>(root, 'meta').put('shop', [OLDER, 'test'])),
  );
  await expect(opening).rejects.toThrow('a migration that fails');
  await shop.reopen((root) => expect(openRows<string>(root, 'meta').get('migrated')).toBeUndefined());
  await shop.reopen((root) => {
    const meta = openRows<string>(root, 'meta');
    expect([meta.get('migrated'), meta.get('shop')]).toEqual([[2], [RECORD_FORMAT, 'test']]);
  });
  expect(runs).toBe(2);
  expect((await shop.store.read([{ skus: ['A'] }]))[0]?.stock).toMatchObject([{ sku: 'A' }]);
});

test('the Redis store runs a migration before it serves, and again if it was interrupted', async () => {
  await using shop = await openRedisShop();
  await shop.store.apply([transaction('a', [configure('A')])]);
  await shop.admin.hset(shop.key('meta'), 'format', OLDER);
  let runs = 0;
  changeable(REDIS_MIGRATIONS)[OLDER] = async (redis, name) => {
    runs += 1;
    if (runs > 1) await redis.hset(`{${name}}:meta`, 'format', RECORD_FORMAT);
    else throw new Error('a migration that is interrupted');
  };
  const store = await shop.open();
  expect((await store.read([{ skus: ['A'] }]))[0]?.stock).toMatchObject([{ sku: 'A' }]);
  await shop.open();
  expect(runs).toBe(2);
});

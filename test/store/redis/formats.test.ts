import { expect, test } from 'vitest';
import { RECORD_FORMAT, RECORD_FORMAT_MIN } from '../../../src/store/record-format.ts';
import { configure } from '../../support/transactions.ts';
import { applySteps, openRedisShop } from './redis-shop.ts';

const NEWER = 'a newer version of Holdfast wrote it: start that version';
const OLDER = 'an older version of Holdfast wrote it: export the stock with that version';

test.each([
  [RECORD_FORMAT + 1, NEWER],
  [RECORD_FORMAT_MIN - 1, OLDER],
])('refuses to open a shop of format %i, and names the format', async (format, remedy) => {
  await using shop = await openRedisShop();
  await shop.admin.hset(shop.key('meta'), 'format', format);
  const opening = shop.open();
  await expect(opening).rejects.toThrow(`shop shop on Redis has data of format ${format}`);
  await expect(opening).rejects.toThrow(`this version reads format ${RECORD_FORMAT}; ${remedy}`);
});

test('refuses every batch, read and repair once another version has changed the format', async () => {
  await using shop = await openRedisShop({ batchDeadlineMs: 1_500, readDeadlineMs: 1_500 });
  const { store, admin } = shop;
  expect(await applySteps(store, configure('A'))).toMatchObject({ status: 'applied' });
  const records = await admin.hgetall(shop.key('stock'));
  await admin.hset(shop.key('meta'), 'format', RECORD_FORMAT + 1);
  const refused = { fault: 'unavailable', message: expect.stringContaining(`format ${RECORD_FORMAT + 1}`) as string };
  await expect(applySteps(store, configure('B'))).rejects.toMatchObject(refused);
  await expect(store.read([{ skus: ['A'] }])).rejects.toMatchObject(refused);
  await expect(store.health()).rejects.toMatchObject(refused);
  await expect(store.checkIndexes({ cursor: null, limit: 10, mend: true })).rejects.toMatchObject(refused);
  expect(await admin.hgetall(shop.key('stock'))).toEqual(records);
  await admin.hset(shop.key('meta'), 'format', RECORD_FORMAT);
  expect(await applySteps(store, configure('B'))).toMatchObject({ status: 'applied' });
});

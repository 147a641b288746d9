import type { RootDatabase } from 'lmdb';
import { expect, test } from 'vitest';
import { openRows } from '../../../src/store/embedded/files/environment.ts';
import { raiseEpoch } from '../../../src/store/embedded/tables/shop-state.ts';
import { configure, receive, reserve, START, transaction } from '../../support/transactions.ts';
import { openShop } from './shops.ts';

const raise = (root: RootDatabase): void => root.transactionSync(() => raiseEpoch(openRows(root, 'meta'), START));

const reserveOne = (index: number) => transaction(`t${index}`, [reserve(`h${index}`, 'A', 1)]);

test('a restored shop keeps its records, and does not repeat a sequence', async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('stock', [configure('A'), receive('A', 10)]), reserveOne(1)]);
  const store = await shop.reopen(raise);
  const { sequence, answers } = await store.apply([reserveOne(2), reserveOne(1)]);
  expect(answers).toMatchObject([
    { status: 'applied', sequence },
    { status: 'replayed', sequence: 2 },
  ]);
  expect(sequence).toBeGreaterThan(2 ** 40);
  const { details } = await store.health();
  expect(details['epoch']).toBe(Math.floor(sequence / 2 ** 11));
  const history = await store.history('A', { limit: 10 });
  expect(history.map(({ id }) => id)).toEqual([`${sequence}-0`, '2-0', '1-0']);
  const after = await store.feed({ after: '2-4294967295', limit: 10 });
  expect(after.map(({ id }) => id)).toEqual([`${sequence}-0`]);
});

test('a restart keeps the epoch, and each restore raises it', async () => {
  await using shop = await openShop();
  const first = (await (await shop.reopen(raise)).health()).details['epoch'];
  await shop.store.apply([transaction('stock', [configure('A')])]);
  expect((await (await shop.reopen()).health()).details['epoch']).toBe(first);
  expect((await (await shop.reopen(raise)).health()).details['epoch']).toBe(Number(first) + 1);
});

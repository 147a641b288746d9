import type { RootDatabase } from 'lmdb';
import { expect, test } from 'vitest';
import { ENDED_HOLD_PERIOD_MS, REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../../src/domain/limits.ts';
import { openRows } from '../../../src/store/embedded/files/environment.ts';
import type { Row } from '../../../src/store/columns.ts';
import { configure, receive, release, reserve, START, transaction } from '../../support/transactions.ts';
import { openShop, type Shop } from './shops.ts';

const DAY = 86_400_000;

async function statusAt(shop: Shop, at: number, call: ReturnType<typeof transaction>): Promise<string | undefined> {
  shop.now = at;
  return (await shop.store.apply([call])).answers[0]?.status;
}

test.each([
  ['short', REQUEST_SHORT_PERIOD_MS],
  ['long', REQUEST_LONG_PERIOD_MS],
] as const)(
  'keeps a request record of %s retention for one to two periods, also over restarts',
  async (retention, period) => {
    await using shop = await openShop();
    const call = (id: string) => transaction(id, [configure('A')], { retention });
    expect(await statusAt(shop, START, call('early'))).toBe('applied');
    expect(await statusAt(shop, START + period - 1, call('late'))).toBe('applied');
    await shop.reopen();
    expect(await statusAt(shop, START + period, call('early'))).toBe('replayed');
    expect(await statusAt(shop, START + period, call('next'))).toBe('applied');
    expect(await statusAt(shop, START + 2 * period - 1, call('late'))).toBe('replayed');
    await shop.reopen();
    expect(await statusAt(shop, START + 2 * period, call('early'))).toBe('applied');
    expect(await statusAt(shop, START + 2 * period, call('early'))).toBe('replayed');
    expect(await statusAt(shop, START + 3 * period - 1, call('next'))).toBe('replayed');
    expect(await statusAt(shop, START + 3 * period, call('next'))).toBe('applied');
  },
);

test('deletes old records after a long pause of any number of periods', async () => {
  for (const periods of [2, 3, 4, 5]) {
    await using shop = await openShop();
    const call = transaction('t', [configure('A')]);
    const next = transaction('u', [configure('A')]);
    expect(await statusAt(shop, START, call)).toBe('applied');
    expect(await statusAt(shop, START + REQUEST_SHORT_PERIOD_MS, next)).toBe('applied');
    const later = START + (periods + 1) * REQUEST_SHORT_PERIOD_MS;
    expect(await statusAt(shop, later, call)).toBe('applied');
    expect(await statusAt(shop, later, next)).toBe('applied');
  }
});

test('keeps an ended hold for one to two days, and then forgets its id', async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('a', [configure('A'), receive('A', 5), reserve('h', 'A', 1), release('h')])]);
  const releaseAgain = (id: string) => transaction(id, [release('h')]);
  shop.now = START + 2 * DAY - 1;
  const kept = await shop.store.apply([releaseAgain('b')]);
  expect(kept.answers).toMatchObject([{ refusal: { reason: 'hold_not_active', meta: { state: 'released' } } }]);
  shop.now = START + 2 * ENDED_HOLD_PERIOD_MS;
  const gone = await shop.store.apply([releaseAgain('c')]);
  expect(gone.answers).toMatchObject([{ refusal: { reason: 'unknown_hold' } }]);
  expect((await shop.store.apply([transaction('d', [reserve('h', 'A', 1)])])).answers).toMatchObject([
    { status: 'applied' },
  ]);
});

test('a batch that fails during a rotation restores the records that the rotation cleared', async () => {
  await using shop = await openShop();
  const call = transaction('t', [configure('A')]);
  expect(await statusAt(shop, START, call)).toBe('applied');
  shop.now = START + 2 * REQUEST_SHORT_PERIOD_MS;
  const broken = {
    ...transaction('x', [configure('B')]),
    get id(): string {
      throw new Error('broken on purpose');
    },
  };
  await expect(shop.store.apply([broken])).rejects.toMatchObject({ fault: 'batch_failed' });
  const [snapshot] = await shop.store.read([{ requests: ['t'] }]);
  expect(snapshot?.requests).toMatchObject([{ sequence: 1 }]);
});

const RECORDS = 200_000;

/** Fills a table with pages of other tables between its own, as in long use, so that it is freed page by page. */
function fillInPieces(root: RootDatabase, database: string, row: Row): void {
  const [wanted, between] = [openRows<string>(root, database), openRows<string>(root, 'between')];
  for (let index = 0; index < RECORDS; index += 500) {
    root.transactionSync(() => {
      for (let offset = 0; offset < 500; offset += 1) {
        const key = `k${String(index + offset).padStart(9, '0')}`;
        for (const table of [wanted, between]) table.put(key, row);
      }
    });
  }
}

function rowsOf(root: RootDatabase, database: string): number {
  return root.openDB<Buffer, string>({ name: database, encoding: 'binary' }).getKeysCount();
}

test('deletes two hundred thousand old records without delaying batches', {
  timeout: 60_000,
}, async () => {
  await using shop = await openShop();
  const granted = Array.from({ length: 4_000 }, (_, index) => reserve(`h${index}`, 'A', 1));
  await shop.store.apply([transaction('supply', [configure('A'), receive('A', 10_000)]), transaction('many', granted)]);
  const row = ['fingerprint', 7, START, null, '1', 0];
  const store = await shop.reopen((root) => fillInPieces(root, 'requests-short0', row));
  expect((await store.read([{ requests: ['k000000007', 'many'] }]))[0]?.requests).toMatchObject([
    { sequence: 7 },
    { granted: Array<number>(4_000).fill(1) },
  ]);

  shop.now = START + 2 * REQUEST_SHORT_PERIOD_MS;
  await store.apply([transaction('after', [configure('B')])]);
  expect((await store.read([{ requests: ['k000000007', 'many'] }]))[0]?.requests).toEqual([null, null]);
  await shop.reopen((root) => expect(rowsOf(root, 'requests-short0')).toBeGreaterThan(RECORDS - 1_000));
  let heaviestMs = 0;
  for (let batch = 0; batch < 220; batch += 1) {
    const before = process.cpuUsage();
    await shop.store.reclaim({ limit: 1 });
    const { user, system } = process.cpuUsage(before);
    heaviestMs = Math.max(heaviestMs, (user + system) / 1_000);
  }
  // All records at once take several hundred milliseconds of processor time. A collection of garbage counts as well.
  expect(heaviestMs).toBeLessThan(150);
  await shop.reopen((root) => expect(rowsOf(root, 'requests-short0')).toBe(0));
});

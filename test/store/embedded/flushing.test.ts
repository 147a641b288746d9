import { afterEach, expect, test, vi } from 'vitest';
import { LedgerTable } from '../../../src/store/embedded/tables/ledger-table.ts';
import { configure, put, receive, reserve, transaction } from '../../support/transactions.ts';
import { committedAndFlushed } from './disk-pages.ts';
import { openShop, statuses } from './shops.ts';

afterEach(() => vi.restoreAllMocks());

test('answers a batch only after its commit is on disk', async () => {
  await using shop = await openShop();
  for (let index = 0; index < 60; index += 1) {
    await shop.store.apply([transaction(`t${index}`, [configure(`A${index}`)])]);
    const { committed, flushed } = committedAndFlushed(shop.dir);
    expect(flushed).toBe(committed);
  }
});

test('answers a replay only after the commit that it replays is on disk', async () => {
  await using shop = await openShop();
  for (let index = 0; index < 40; index += 1) {
    const call = transaction(`t${index}`, [configure(`A${index}`)]);
    const [first, second] = [shop.store.apply([call]), shop.store.apply([call])];
    const replay = await second;
    expect(statuses(replay.answers)).toEqual(['replayed']);
    const { committed, flushed } = committedAndFlushed(shop.dir);
    expect(flushed).toBe(committed);
    await first;
  }
});

test('a read returns nothing that a power cut could undo', async () => {
  await using shop = await openShop();
  let early = 0;
  for (let sequence = 1; sequence <= 60; sequence += 1) {
    const writing = shop.store.apply([transaction(`t${sequence}`, [configure(`A${sequence}`)])]);
    let seen = 0;
    while (seen < sequence) {
      // One turn of the event loop. The commit may become readable before this read, and be flushed after it.
      await new Promise((resolve) => setImmediate(resolve));
      const [snapshot] = await shop.store.read([{}]);
      seen = snapshot?.sequence ?? 0;
    }
    const { committed, flushed } = committedAndFlushed(shop.dir);
    if (flushed < committed) early += 1;
    await writing;
  }
  expect(early).toBe(0);
});

test('batches that wait together share a flush and keep their order', async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('supply', [configure('A'), receive('A', 1_000)])]);
  const before = committedAndFlushed(shop.dir).committed;
  const calls = Array.from({ length: 100 }, (_, index) => transaction(`t${index}`, [reserve(`h${index}`, 'A', 1)]));
  const results = await Promise.all(calls.map((call) => shop.store.apply([call])));
  expect(results.map(({ sequence }) => sequence)).toEqual(calls.map((_, index) => index + 2));
  expect(committedAndFlushed(shop.dir).committed - before).toBeLessThan(50);
});

test('a batch that throws halfway leaves nothing, and the other batches of its group are complete', async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('supply', [configure('A'), receive('A', 100)])]);
  const append = LedgerTable.prototype.append;
  vi.spyOn(LedgerTable.prototype, 'append').mockImplementation(function spoiled(this: LedgerTable, entry) {
    if (entry.kind !== 'document' && entry.holdId === 'bad') throw new Error('no room in the ledger');
    append.call(this, entry);
  });
  const calls = ['one', 'bad', 'two'].map((name) =>
    shop.store.apply([
      transaction(`${name}:cart`, [put(`cart:${name}`, 'absent', { body: name })]),
      transaction(name, [reserve(name, 'A', 1)]),
    ]),
  );
  const [one, bad, two] = await Promise.allSettled(calls);
  expect(one).toMatchObject({ status: 'fulfilled', value: { sequence: 3 } });
  expect(bad).toMatchObject({ status: 'rejected', reason: { name: 'StoreError', fault: 'batch_failed' } });
  expect(two).toMatchObject({ status: 'fulfilled', value: { sequence: 5 } });
  const [snapshot] = await shop.store.read([
    { skus: ['A'], holds: ['bad'], documents: ['cart:bad', 'cart:two'], requests: ['bad', 'bad:cart'] },
  ]);
  expect(snapshot).toMatchObject({
    sequence: 5,
    stock: [{ reserved: 2 }],
    holds: [null],
    documents: [null, { record: { body: 'two' } }],
    requests: [null, null],
  });
});

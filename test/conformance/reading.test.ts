import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OVERDUE_HOLDS_READ_MAX } from '../../src/domain/limits.ts';
import type { HoldRecord } from '../../src/domain/records.ts';
import type { Store } from '../../src/store/store.ts';
import { storeEngines } from '../support/engines.ts';
import { holdMany, supplyMany } from '../support/many-holds.ts';
import { allHistory, allHolds, allLedger, allStock } from '../support/state.ts';
import {
  configure,
  consume,
  drop,
  put,
  receive,
  release,
  reserve,
  START,
  transaction,
} from '../support/transactions.ts';

const ids = (holds: readonly HoldRecord[]): string[] => holds.map(({ holdId }) => holdId);

describe.each(storeEngines)('$name reads', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = () => engine.open({ now: START });
  const supply = (store: Store, ...skus: string[]) =>
    store.apply(skus.map((sku) => transaction(`supply:${sku}`, [configure(sku), receive(sku, 100)])));

  test('reads an empty store', async () => {
    await using opened = await open();
    const { store } = opened;
    expect(await store.read([])).toEqual([]);
    expect(await store.read([{}])).toEqual([
      {
        at: START,
        sequence: 0,
        epochBegan: 0,
        stock: [],
        holds: [],
        documents: [],
        requests: [],
        behind: [],
        overdue: [],
        undecodable: [],
      },
    ]);
    expect(await store.listStock({ limit: 1 })).toEqual([]);
    expect(await store.listHolds({ limit: 1 })).toEqual([]);
    expect(await store.feed({ after: null, limit: 1 })).toEqual([]);
    expect(await store.history('A', { limit: 1 })).toEqual([]);
    expect(await store.listDocuments({ list: 'placed', limit: 1 })).toEqual([]);
    expect(await store.reclaim({ limit: 1 })).toEqual({
      at: START,
      sequence: 0,
      ended: 0,
      more: false,
      dueDocuments: [],
      nextDueAt: null,
    });
    expect(await store.apply([])).toEqual({ at: START, sequence: 0, answers: [], nextDueAt: null });
  });

  test('answers each part of a read in its own order, with missing and repeated ones', async () => {
    await using opened = await open();
    const { store } = opened;
    await supply(store, 'A', 'B');
    await store.apply([
      transaction('r', [reserve('h1', 'A', 2), put('d', 'any', { body: 'x', holds: ['h1', 'gone', 'h1'] })], {
        reference: 'ref',
      }),
    ]);
    const [first, second] = await store.read([
      { skus: ['B', 'none', 'A', 'B'], requests: ['none', 'r'] },
      { holds: ['none', 'h1', 'none'], documents: ['none', 'd', 'd'] },
    ]);
    expect(first?.stock.map((record) => record?.sku)).toEqual(['B', undefined, 'A', 'B']);
    expect(first?.stock[1]).toBeNull();
    expect(first?.requests).toEqual([
      null,
      { fingerprint: 'f:r', sequence: 3, at: START, reference: 'ref', granted: [2] },
    ]);
    expect(second?.holds.map((hold) => hold?.holdId ?? null)).toEqual([null, 'h1', null]);
    const held = second?.documents.map((document) => document?.holds.map((hold) => hold?.holdId ?? null) ?? null);
    expect(held).toEqual([null, ['h1', null, 'h1'], ['h1', null, 'h1']]);
    expect(second?.documents[1]?.record).toMatchObject({ key: 'd', holds: ['h1', 'gone', 'h1'], version: 3 });
  });

  test('a read reports which of its SKUs have overdue holds, and ends none', async () => {
    const clock = { now: START };
    await using opened = await engine.open(clock);
    const { store } = opened;
    await supply(store, 'A', 'B', 'C');
    await store.apply([transaction('r', [reserve('a', 'A', 1, { ttlMs: 10 }), reserve('b', 'B', 1, { ttlMs: 11 })])]);
    const behindAt = async (now: number) => {
      clock.now = now;
      const [snapshot] = await store.read([{ skus: ['C', 'B', 'A', 'none'], holds: ['a', 'b'] }]);
      expect(snapshot?.holds.map((hold) => hold?.state)).toEqual(['held', 'held']);
      expect(snapshot?.at).toBe(now);
      return snapshot?.behind.toSorted();
    };
    expect(await behindAt(START + 9)).toEqual([]);
    expect(await behindAt(START + 10)).toEqual(['A']);
    expect(await behindAt(START + 11)).toEqual(['A', 'B']);
    expect(ids(await store.listHolds({ limit: 9 }))).toEqual(['a', 'b']);
  });

  test('a read sums the units of overdue holds, or of the other holds if those are fewer', async () => {
    const clock = { now: START };
    await using opened = await engine.open(clock);
    const { store } = opened;
    await supplyMany(store, { few: 10, many: 5_000, mixed: 5_000, none: 10 });
    const hold = (name: string, sku: string, count: number, ttlMs: number) =>
      holdMany(store, { name, sku: () => sku, count, ttlMs });
    await hold('few-overdue', 'few', 3, 10);
    await hold('few-current', 'few', 2, 1_000);
    await store.apply([transaction('larger', [reserve('larger', 'few', 4, { ttlMs: 10 })])]);
    await hold('many-overdue', 'many', OVERDUE_HOLDS_READ_MAX + 1, 10);
    await hold('many-current', 'many', 4, 1_000);
    await hold('mixed-overdue', 'mixed', OVERDUE_HOLDS_READ_MAX + 1, 10);
    await hold('mixed-current', 'mixed', OVERDUE_HOLDS_READ_MAX + 1, 1_000);
    const skus = ['none', 'many', 'few', 'mixed', 'unknown'];
    const overdueAt = async (now: number) => {
      clock.now = now;
      return (await store.read([{ skus }]))[0]?.overdue;
    };
    expect(await overdueAt(START + 9)).toEqual([0, 0, 0, 0, 0]);
    expect(await overdueAt(START + 10)).toEqual([0, OVERDUE_HOLDS_READ_MAX + 1, 7, null, 0]);
    const each = await store.read(skus.map((sku) => ({ skus: [sku, sku] })));
    expect(each.map(({ overdue }) => overdue[0])).toEqual([0, OVERDUE_HOLDS_READ_MAX + 1, 7, null, 0]);
  });

  test('SKUs are in byte order, and pages neither repeat nor omit one', async () => {
    await using opened = await open();
    const skus = ['Z', 'a', 'A', '-', '.', '0', '10', '1', '9', ':', '_', 'A.', 'A-1', 'AA', 'Aa', 'zz', 'z'];
    await supply(opened.store, ...skus);
    for (const limit of [1, 2, 5, skus.length, 500]) {
      expect((await allStock(opened.store, limit)).map(({ sku }) => sku)).toEqual(skus.toSorted());
    }
    const after = await opened.store.listStock({ after: 'A0', limit: 2 });
    expect(after.map(({ sku }) => sku)).toEqual(['AA', 'Aa']);
  });

  test('holds are ordered by SKU, deadline and id, and a SKU that is a prefix of another is separate', async () => {
    await using opened = await open();
    const { store } = opened;
    await supply(store, 'A', 'A-1', 'A.', 'B');
    const made = ['A', 'A-1', 'A.', 'B'].flatMap((sku) =>
      [100, 20, 3_000, 20].map((ttlMs, index) => reserve(`${sku}:${index}`, sku, 1, { ttlMs })),
    );
    await store.apply([transaction('r', made)]);
    const order = (sku: string) => [`${sku}:1`, `${sku}:3`, `${sku}:0`, `${sku}:2`];
    for (const limit of [1, 3, 500]) {
      expect(ids(await allHolds(store, limit))).toEqual(['A', 'A-1', 'A.', 'B'].flatMap(order));
      expect(ids(await allHolds(store, limit, 'A'))).toEqual(order('A'));
      expect(ids(await allHolds(store, limit, 'A-1'))).toEqual(order('A-1'));
    }
    expect(await store.listHolds({ sku: 'none', limit: 5 })).toEqual([]);
    await store.apply([transaction('e', [release('A:1'), consume('A:0')])]);
    const after = { sku: 'A', expiresAt: START + 20, holdId: 'A:1' };
    expect(ids(await store.listHolds({ after, limit: 2 }))).toEqual(['A:3', 'A:2']);
  });

  test('documents of a list are ordered newest first, and leave it when they are moved or dropped', async () => {
    await using opened = await open();
    const { store } = opened;
    const keys = ['order:a', 'order:B', 'order:c', 'order:1', 'order:_'];
    await store.apply(keys.map((key) => transaction(key, [put(key, 'absent', { body: key, list: 'placed' })])));
    const listed = async (before?: string) => {
      const page = { list: 'placed' as const, limit: 2, ...(before === undefined ? {} : { before }) };
      return (await store.listDocuments(page)).map(({ key }) => key);
    };
    expect(await listed()).toEqual(['order:c', 'order:a']);
    expect(await listed('order:a')).toEqual(['order:_', 'order:B']);
    expect(await listed('order:B')).toEqual(['order:1']);
    expect(await listed('order:1')).toEqual([]);
    await store.apply([
      transaction('m', [put('order:c', 'any', { body: 'c', list: 'cancelled' }), drop('order:_', 'any')]),
    ]);
    expect(await listed()).toEqual(['order:a', 'order:B']);
    expect(await store.listDocuments({ list: 'cancelled', limit: 5 })).toMatchObject([{ key: 'order:c', body: 'c' }]);
  });

  test('the history of a SKU runs backwards, the feed of the shop forwards', async () => {
    await using opened = await open();
    const { store } = opened;
    await supply(store, 'A', 'B');
    for (let index = 0; index < 12; index += 1) {
      await store.apply([
        transaction(`t${index}`, [reserve(`h${index}`, index % 3 ? 'A' : 'B', 1), release(`h${index}`)]),
      ]);
    }
    const ledger = await allLedger(store, null, 5_000);
    expect(ledger).toHaveLength(26);
    expect(ledger.slice(0, 4).map(({ id }) => id)).toEqual(['1-0', '2-0', '3-0', '3-1']);
    const ofA = ledger.filter((entry) => entry.kind !== 'document' && entry.sku === 'A').toReversed();
    for (const limit of [1, 4, 500]) {
      expect(await allLedger(store, null, limit)).toEqual(ledger);
      expect(await allHistory(store, 'A', limit)).toEqual(ofA);
    }
    expect(await store.feed({ after: '3-0', limit: 1 })).toEqual([ledger[3]]);
    expect(await store.feed({ after: '3-9', limit: 1 })).toEqual([ledger[4]]);
    expect(await store.feed({ after: '999-0', limit: 1 })).toEqual([]);
    expect(await store.history('A', { before: ofA.at(-1)!.id, limit: 5 })).toEqual([]);
  });

  test('a trimmed ledger begins after the trimmed entries, and histories end there', async () => {
    await using opened = await open();
    const { store } = opened;
    await supply(store, 'A', 'B');
    await store.apply([transaction('x', [reserve('h1', 'A', 1), reserve('h2', 'A', 2), reserve('h3', 'A', 3)])]);
    const ledger = await allLedger(store, null, 5_000);
    await store.trimLedger('3-0');
    expect(await store.feed({ after: null, limit: 9 })).toEqual(ledger.slice(3));
    expect(await store.history('A', { limit: 9 })).toEqual(ledger.slice(3).toReversed());
    expect(await store.history('B', { limit: 9 })).toEqual([]);
    await store.trimLedger('3-0');
    await store.apply([transaction('y', [release('h1')])]);
    expect((await store.history('A', { limit: 1 }))[0]).toMatchObject({ id: '4-0', previous: '3-2' });
  });
});

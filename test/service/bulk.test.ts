import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INITIAL_SETTINGS, plainSettingsOf } from '../../src/domain/sku-settings.ts';
import { type ExportRow, type ImportRow, UnreadableFile, type ImportOptions } from '../../src/shop/bulk/bulk-api.ts';
import { documentKeyOf } from '../../src/shop/bulk/import-state.ts';
import { ServiceFailure } from '../../src/contract/calls/call.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { StoreError } from '../../src/store/store.ts';
import { engines } from '../support/engines.ts';
import { type Hooks, hookedStore } from '../support/hooked-store.ts';
import { countedRows, entriesOf, skuOf } from '../support/import-files.ts';
import { nothingKnown, wholeState } from '../support/state.ts';
import { no, OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { put, START, transaction } from '../support/transactions.ts';

const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const NOTHING = { rows: 0, applied: 0, unchanged: 0, problems: [], problemCount: 0, resumedFrom: 0, done: false };

type Rows = Iterable<ImportRow | string>;
const start = (holdfast: Holdfast, rows: Rows, options: Partial<ImportOptions> = {}) =>
  holdfast.bulk.import(entriesOf(rows), { key: 'file', ...options }, OPERATOR);

async function exported(holdfast: Holdfast, after?: string): Promise<ExportRow[]> {
  const rows: ExportRow[] = [];
  for await (const part of holdfast.bulk.export(after === undefined ? {} : { after })) rows.push(...part);
  return rows;
}

/** Ends a file at `row` as a broken connection does. */
const brokenAt = (row: number) => (at: number) => {
  if (at === row) throw new Error('the connection broke');
};

describe.each(engines)('importing and exporting on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('creates SKUs, changes the named fields, and leaves the others', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 5, unitPrice: EUR(7), safetyStock: 2, limitPerCustomer: 3 });
    const rows: ImportRow[] = [
      { sku: 'cup', onHand: 9, limitPerCustomer: null },
      { sku: 'new', title: 'New', unitPrice: EUR(1), safetyStock: 1, onHand: 4 },
      { sku: 'bare' },
      { sku: 'none', onHand: 0 },
    ];
    expect(yes(await start(shop.holdfast, rows))).toEqual({ ...NOTHING, rows: 4, applied: 4, done: true });
    expect(await exported(shop.holdfast)).toEqual([
      { sku: 'bare', ...NO_SETTINGS, onHand: 0 },
      { sku: 'cup', ...NO_SETTINGS, unitPrice: EUR(7), safetyStock: 2, onHand: 9 },
      { sku: 'new', ...NO_SETTINGS, title: 'New', unitPrice: EUR(1), safetyStock: 1, onHand: 4 },
      { sku: 'none', ...NO_SETTINGS, onHand: 0 },
    ]);
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'cup' }));
    expect(movements[0]).toMatchObject({
      kind: 'counted',
      quantity: 4,
      cause: { reason: 'import', reference: 'file' },
    });
    await shop.soundAudit();
  });

  test('does not write rows that change nothing, whatever the key', async () => {
    await using shop = await openShopWith(engine);
    const rows = [...countedRows(250)];
    yes(await start(shop.holdfast, rows));
    const before = await shop.store.feed({ after: null, limit: 5_000 });
    expect(before).toHaveLength(250);
    expect(yes(await start(shop.holdfast, rows, { key: 'other' }))).toMatchObject({ applied: 0, unchanged: 250 });
    expect(await shop.store.feed({ after: null, limit: 5_000 })).toEqual(before);
  });

  test('returns the report of a finished file that is sent again, and refuses another file as a mismatch', async () => {
    await using shop = await openShopWith(engine);
    const rows = ['bad row', ...countedRows(150)];
    const report = yes(await start(shop.holdfast, rows));
    expect(report).toMatchObject({ rows: 151, applied: 150, problemCount: 1, done: true });
    yes(await shop.holdfast.stock.count({ sku: skuOf(3), onHand: 77 }, OPERATOR));
    const before = await wholeState(shop.store, nothingKnown());
    expect(yes(await start(shop.holdfast, rows))).toEqual({ ...report, resumedFrom: 151, alreadyImportedAt: START });
    const mismatch = { reason: 'idempotency_mismatch', meta: { idempotencyKey: 'file' } };
    const others = [rows.slice(0, -1), [...rows, { sku: 'more' }], ['other', ...rows.slice(1)], []];
    for (const other of others) expect(no(await start(shop.holdfast, other))).toEqual(mismatch);
    expect(await wholeState(shop.store, nothingKnown())).toEqual(before);
    expect(await shop.units(skuOf(3))).toEqual([77, 0, 77]);
  });

  test('applies a finished file again with `again`, and resumes that without it', async () => {
    await using shop = await openShopWith(engine);
    const rows = [...countedRows(400)];
    yes(await start(shop.holdfast, rows));
    for (const index of [3, 330]) yes(await shop.holdfast.stock.count({ sku: skuOf(index), onHand: 77 }, OPERATOR));
    const options = { key: 'file', again: true };
    const broken = shop.holdfast.bulk.import(entriesOf(rows, brokenAt(331)), options, OPERATOR);
    await expect(broken).rejects.toThrow('the connection broke');
    expect(await shop.units(skuOf(3))).toEqual([4, 0, 4]);
    expect(await shop.units(skuOf(330))).toEqual([77, 0, 77]);
    const resumed = yes(await start(shop.holdfast, rows));
    expect(resumed).toEqual({ ...NOTHING, rows: 400, applied: 2, unchanged: 398, resumedFrom: 330, done: true });
    expect(await shop.units(skuOf(330))).toEqual([331, 0, 331]);
    expect(yes(await start(shop.holdfast, rows))).toHaveProperty('alreadyImportedAt', START);
    let isLost = false;
    const hooks: Hooks = {
      afterApply: async () => {
        if (isLost) return;
        isLost = true;
        throw new StoreError('outcome_unknown', 'lost');
      },
    };
    const lossy = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    expect(yes(await start(lossy, rows, { again: true }))).toMatchObject({ rows: 400, unchanged: 400, resumedFrom: 0 });
  });

  test('reports a row that expected another count, which the read or the store finds', async () => {
    await using shop = await openShopWith(engine);
    for (const sku of ['cup', 'hot']) await shop.supply(sku, { units: 5 });
    let isSold = false;
    const hooks: Hooks = {
      afterRead: async (requests) => {
        if (isSold || !requests.some(({ skus }) => skus?.includes('hot'))) return;
        isSold = true;
        yes(await shop.holdfast.stock.adjust({ sku: 'hot', delta: -1, reason: 'broken' }, OPERATOR));
      },
    };
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const rows = [
      { sku: 'cup', onHand: 9, expectedOnHand: 4 },
      { sku: 'hot', onHand: 9, expectedOnHand: 5 },
      { sku: 'new', onHand: 2, expectedOnHand: 0 },
      { sku: 'none', onHand: 2, expectedOnHand: 1 },
      { sku: 'z', onHand: 1 },
    ];
    const mismatch = (row: number, sku: string, found: number) => ({
      row,
      sku,
      column: 'expectedOnHand',
      reason: 'count_mismatch',
      message: `${found} units are on hand`,
    });
    const tried = yes(await start(shop.holdfast, rows, { dryRun: true }));
    expect(tried.problems).toEqual([mismatch(1, 'cup', 5), mismatch(4, 'none', 0)]);
    const problems = [mismatch(1, 'cup', 5), mismatch(2, 'hot', 4), mismatch(4, 'none', 0)];
    const report = { ...NOTHING, rows: 5, applied: 2, problems, problemCount: 3, done: true };
    expect(yes(await start(slow, rows))).toEqual(report);
    expect([await shop.units('cup'), await shop.units('hot'), await shop.units('new')]).toEqual([
      [5, 0, 5],
      [4, 0, 4],
      [2, 0, 2],
    ]);
    expect(yes(await shop.holdfast.bulk.status({ key: 'file' }))).toEqual({ ...report, resumedFrom: 5 });
    await shop.soundAudit();
  });

  test('resumes a broken import after its last row, and applies no row twice', async () => {
    await using shop = await openShopWith(engine);
    const rows = ['bad', ...countedRows(449)];
    const broken = shop.holdfast.bulk.import(entriesOf(rows, brokenAt(331)), { key: 'file' }, OPERATOR);
    await expect(broken).rejects.toThrow('the connection broke');
    const reached = yes(await shop.holdfast.bulk.status({ key: 'file' }));
    expect(reached).toMatchObject({ rows: 330, applied: 329, problemCount: 1, done: false });
    // A second application would undo this sale.
    yes(await shop.holdfast.stock.adjust({ sku: skuOf(0), delta: 500, reason: 'found' }, OPERATOR));
    const other = [...rows.slice(0, 329), { sku: 'x' }, ...rows.slice(330)];
    expect(no(await start(shop.holdfast, other)).reason).toBe('idempotency_mismatch');
    const report = yes(await start(shop.holdfast, rows));
    expect(report).toMatchObject({ rows: 450, applied: 449, problemCount: 1, resumedFrom: 330, done: true });
    expect(report.problems).toEqual([{ row: 1, reason: 'invalid_input', message: 'bad' }]);
    expect(await shop.units(skuOf(0))).toEqual([501, 0, 501]);
    const counted = (await shop.store.feed({ after: null, limit: 5_000 })).filter(({ kind }) => kind === 'counted');
    expect(new Set(counted.map((entry) => ('sku' in entry ? entry.sku : '')))).toHaveProperty('size', 449);
    expect(counted).toHaveLength(449);
  });

  const NO_SETTINGS = { ...plainSettingsOf(INITIAL_SETTINGS), components: null };

  test('does not apply a chunk again after its answer was lost', async () => {
    await using shop = await openShopWith(engine);
    let lost = 0;
    const hooks: Hooks = {
      afterApply: async () => {
        lost += 1;
        if (lost % 2 === 1) throw new StoreError('outcome_unknown', 'lost');
      },
    };
    const lossy = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    expect(yes(await start(lossy, countedRows(400)))).toMatchObject({ rows: 400, applied: 400, done: true });
    expect(await shop.store.feed({ after: null, limit: 5_000 })).toHaveLength(400);
    expect(lost).toBe(2);
  });

  test('reports a row below the reserved units and applies the others, and overdue holds do not count', async () => {
    await using shop = await openShopWith(engine);
    for (const sku of ['held', 'over']) await shop.supply(sku, { units: 5 });
    yes(await shop.holdfast.carts.add({ sku: 'over', quantity: 4 }, shopper('bob')()));
    shop.clock.now += 900_000;
    yes(await shop.holdfast.carts.add({ sku: 'held', quantity: 4 }, shopper('ann')()));
    const rows = [
      { sku: 'a', onHand: 1 },
      { sku: 'held', onHand: 3, title: 'T' },
      { sku: 'over', onHand: 1 },
      { sku: 'z' },
    ];
    const problem = {
      row: 2,
      sku: 'held',
      column: 'onHand',
      reason: 'below_reserved',
      message: '4 units are reserved, and 0 committed',
    };
    const expected = { ...NOTHING, rows: 4, applied: 3, problems: [problem], problemCount: 1, done: true };
    const { changes, ...tried } = yes(await start(shop.holdfast, rows, { dryRun: true }));
    expect(tried).toEqual(expected);
    expect(changes).toEqual([
      { row: 1, sku: 'a', created: true, fields: [{ name: 'onHand', after: 1 }] },
      { row: 3, sku: 'over', fields: [{ name: 'onHand', before: 5, after: 1 }] },
      { row: 4, sku: 'z', created: true, fields: [{ name: 'onHand', after: 0 }] },
    ]);
    expect(yes(await start(shop.holdfast, rows))).toEqual(expected);
    expect(await shop.units('held')).toEqual([5, 4, 1]);
    expect(await shop.units('over')).toEqual([1, 0, 1]);
    expect(yes(await shop.holdfast.stock.level({ sku: 'held' })).title).toBeUndefined();
    await shop.soundAudit();
  });

  test('repeats a chunk without a row whose units were reserved after the read', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('hot', { units: 5 });
    let isDone = false;
    const hooks: Hooks = {
      afterRead: async (requests) => {
        if (isDone || !requests.some(({ skus }) => skus?.includes('hot'))) return;
        isDone = true;
        yes(await shop.holdfast.carts.add({ sku: 'hot', quantity: 4 }, shopper('ann')()));
      },
    };
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const rows = [
      { sku: 'a', onHand: 1 },
      { sku: 'hot', onHand: 3 },
      { sku: 'z', onHand: 2 },
    ];
    const report = yes(await start(slow, rows));
    expect(report).toMatchObject({ rows: 3, applied: 2, problems: [{ row: 2, sku: 'hot', reason: 'below_reserved' }] });
    expect([await shop.units('a'), await shop.units('hot'), await shop.units('z')]).toEqual([
      [1, 0, 1],
      [5, 4, 1],
      [2, 0, 2],
    ]);
  });

  test('reads everything and writes nothing in a dry run', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 5 });
    const before = await wholeState(shop.store, nothingKnown());
    const rows = [{ sku: 'cup', onHand: 5 }, 'bad', ...countedRows(300), { sku: 'cup', onHand: 6 }];
    const seen: number[] = [];
    const report = yes(
      await start(shop.holdfast, rows, { dryRun: true, onProgress: ({ rows: done }) => void seen.push(done) }),
    );
    expect(report).toMatchObject({ rows: 303, applied: 301, unchanged: 1, problemCount: 1, done: true });
    expect(seen).toEqual([250, 303]);
    expect(await wholeState(shop.store, nothingKnown())).toEqual(before);
    expect(yes(await shop.holdfast.bulk.status({ key: 'file' }))).toBeNull();
  });

  test('applies the last row of a SKU that appears twice', async () => {
    await using shop = await openShopWith(engine);
    const rows = [{ sku: 'cup', onHand: 1 }, { sku: 'cup', onHand: 2 }, { sku: 'mug' }, { sku: 'cup', onHand: 3 }];
    expect(yes(await start(shop.holdfast, rows))).toMatchObject({ rows: 4, applied: 4, done: true });
    expect(await shop.units('cup')).toEqual([3, 0, 3]);
  });

  test('shows a row the effect of an earlier row of its SKU, even in the chunk before', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 5 });
    const rows: ImportRow[] = [
      { sku: 'cup', onHand: 7, title: 'A' },
      { sku: 'cup', onHand: 5 },
    ];
    const more = [...countedRows(400), { sku: 'cup', onHand: 8 }, ...countedRows(100), { sku: 'cup', onHand: 5 }];
    expect(yes(await start(shop.holdfast, rows))).toMatchObject({ rows: 2, applied: 2 });
    expect(await shop.units('cup')).toEqual([5, 0, 5]);
    expect(yes(await start(shop.holdfast, more, { key: 'more' }))).toMatchObject({ applied: 402, unchanged: 100 });
    expect(await shop.units('cup')).toEqual([5, 0, 5]);
    await shop.soundAudit();
  });

  test('ends at an unreadable row after applying the rows before it, and refuses a file without any', async () => {
    await using shop = await openShopWith(engine);
    const unreadableAt = (row: number) => (at: number) => {
      if (at === row) throw new UnreadableFile(`row ${row}`, 'torn');
    };
    const read = (row: number, key: string) =>
      shop.holdfast.bulk.import(entriesOf(countedRows(400), unreadableAt(row)), { key }, OPERATOR);
    expect(no(await read(1, 'one'))).toEqual({
      reason: 'invalid_input',
      meta: { issues: [{ path: 'row 1', message: 'torn' }] },
    });
    const unreadable = { path: 'row 150', message: 'torn' };
    expect(yes(await read(150, 'two'))).toMatchObject({ rows: 149, applied: 149, done: false, unreadable });
    expect(yes(await start(shop.holdfast, countedRows(400), { key: 'two' }))).toMatchObject({
      rows: 400,
      resumedFrom: 149,
      done: true,
    });
  });

  test('lists problems up to a limit and counts the others', async () => {
    await using shop = await openShopWith(engine);
    const rows = Array.from({ length: 1_200 }, (_, index) => `bad ${index}`);
    const report = yes(await start(shop.holdfast, rows));
    expect(report).toMatchObject({ rows: 1_200, problemCount: 1_200, applied: 0, done: true });
    expect(report.problems).toHaveLength(500);
    expect(report.problems.at(-1)).toEqual({ row: 500, reason: 'invalid_input', message: 'bad 499' });
  });

  test('ends after the current chunk when the signal aborts, without waiting for the file', async () => {
    await using shop = await openShopWith(engine);
    const abort = new AbortController();
    const stuckAt = (row: number) => {
      if (row === 260) abort.abort();
      return row === 260 ? new Promise<never>(() => undefined) : undefined;
    };
    const entries = entriesOf(countedRows(1_000), stuckAt);
    const ended = yes(await shop.holdfast.bulk.import(entries, { key: 'file', signal: abort.signal }, OPERATOR));
    expect(ended).toMatchObject({ rows: 250, applied: 250, done: false });
    expect(yes(await start(shop.holdfast, countedRows(1_000)))).toMatchObject({ rows: 1_000, resumedFrom: 250 });
  });

  test.each(['{}', 'null', 'no JSON', '{"rows":"1"}'])('does not continue from the damaged state %s', async (body) => {
    await using shop = await openShopWith(engine);
    yes(await start(shop.holdfast, [{ sku: 'cup', onHand: 1 }]));
    await shop.store.apply([transaction('damage', [put(documentKeyOf('file'), 'present', { body })])]);
    await expect(shop.holdfast.bulk.status({ key: 'file' })).rejects.toThrow(ServiceFailure);
    await expect(start(shop.holdfast, [{ sku: 'cup', onHand: 2 }])).rejects.toThrow(ServiceFailure);
    expect(await shop.units('cup')).toEqual([1, 0, 1]);
  });

  test('applies one chunk at a time, however many files are imported at once', async () => {
    await using shop = await openShopWith(engine);
    let [applying, most] = [0, 0];
    const hooks: Hooks = {
      beforeApply: async (transactions) => {
        applying += transactions.filter(({ cause }) => cause.reason === 'import').length;
        most = Math.max(most, applying);
      },
      afterApply: async () => {
        applying = 0;
      },
    };
    const holdfast = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const files = ['a', 'b', 'c'].map((name) =>
      start(
        holdfast,
        [...countedRows(600)].map(({ sku, ...row }) => ({ ...row, sku: `${name}-${sku}` })),
        { key: name },
      ),
    );
    for (const report of await Promise.all(files)) expect(yes(report)).toMatchObject({ applied: 600, done: true });
    expect(most).toBe(1);
  });

  test('takes over from a hanging call when the file is sent again, and ends both on close', async () => {
    await using shop = await openShopWith(engine);
    let hangs = (): void => undefined;
    const hanging = new Promise<void>((resolve) => {
      hangs = resolve;
    });
    const stuckAt = (row: number) => {
      if (row !== 350) return undefined;
      hangs();
      return new Promise<never>(() => undefined);
    };
    const first = shop.holdfast.bulk.import(entriesOf(countedRows(400), stuckAt), { key: 'file' }, OPERATOR);
    await hanging;
    const second = yes(await start(shop.holdfast, countedRows(400)));
    expect(yes(await first)).toMatchObject({ rows: 250, done: false, takenOver: true });
    expect(second).toMatchObject({ rows: 400, resumedFrom: 250, applied: 400, done: true });
    const third = shop.holdfast.bulk.import(entriesOf(countedRows(400), stuckAt), { key: 'next' }, OPERATOR);
    await shop.holdfast.bulk.stop();
    const stopped = yes(await third);
    expect(stopped).toMatchObject({ done: false });
    expect(stopped).not.toHaveProperty('takenOver');
    await expect(start(shop.holdfast, [])).rejects.toThrow(StoreError);
  });

  test('forgets the state of a file 48 hours after its last change', async () => {
    await using shop = await openShopWith(engine);
    yes(await start(shop.holdfast, [{ sku: 'cup', onHand: 1 }]));
    shop.clock.now = START + 48 * 3_600_000 - 1;
    await shop.holdfast.expiry.sweepNow();
    expect(yes(await shop.holdfast.bulk.status({ key: 'file' }))).toMatchObject({ done: true });
    shop.clock.now += 1;
    await shop.holdfast.expiry.sweepNow();
    expect(yes(await shop.holdfast.bulk.status({ key: 'file' }))).toBeNull();
  });

  test('exports from a given SKU on; importing that file changes nothing, even during sales', async () => {
    await using shop = await openShopWith(engine);
    yes(await start(shop.holdfast, countedRows(1_100)));
    const sold = async () => {
      for (let index = 900; index < 1_000; index += 1) {
        const call = shopper(`s${index}`);
        yes(await shop.holdfast.carts.add({ sku: skuOf(index), quantity: 1 }, call()));
        yes(await shop.holdfast.checkout.place({}, call(`pay-${index}`)));
      }
    };
    const [rows] = await Promise.all([exported(shop.holdfast), sold()]);
    expect(rows.map(({ sku }) => sku)).toEqual(Array.from({ length: 1_100 }, (_, index) => skuOf(index)));
    for (const [index, { onHand }] of rows.entries()) expect([index, index + 1]).toContain(onHand);
    expect((await exported(shop.holdfast, skuOf(1_097))).map(({ sku }) => sku)).toEqual([skuOf(1_098), skuOf(1_099)]);
    const after = await exported(shop.holdfast);
    expect(yes(await start(shop.holdfast, after, { key: 'back' }))).toMatchObject({ applied: 0, unchanged: 1_100 });
    await shop.soundAudit();
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvRows } from '../../src/api/bulk/csv-rows.ts';
import { jsonRows } from '../../src/api/bulk/json-rows.ts';
import { type Format, WRITERS } from '../../src/api/bulk/row-writer.ts';
import type { ImportRow } from '../../src/shop/bulk/bulk-api.ts';
import { engines } from '../support/engines.ts';
import { kitOf, openKitShop } from '../support/kit-shop.ts';
import { OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const READERS = { csv: csvRows, jsonl: jsonRows };
let imports = 0;

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

describe.each(engines)('files with kits on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const exported = async ({ holdfast }: Shop, format: Format): Promise<string> => {
    const isLocated = await holdfast.bulk.isLocated();
    let text = WRITERS[format].head(isLocated);
    for await (const rows of holdfast.bulk.export({})) text += WRITERS[format].lines(rows, isLocated);
    return text;
  };
  const options = () => ({ key: `file-${(imports += 1)}` });
  const imported = async ({ holdfast }: Shop, format: Format, text: string) =>
    yes(await holdfast.bulk.import(READERS[format](once(Buffer.from(text))), options(), OPERATOR));
  const importRows = async ({ holdfast }: Shop, ...rows: ImportRow[]) => {
    const entries = rows.map((row) => ({ text: JSON.stringify(row), row }));
    return yes(await holdfast.bulk.import(once(entries), options(), OPERATOR));
  };

  test.each(['csv', 'jsonl'] as const)(
    'an export as %s restores kits, also before their components',
    async (format) => {
      await using shop = await openKitShop(engine);
      yes(await shop.holdfast.stock.define({ sku: 'a "first" kit', components: kitOf({ mug: 1, box: 3 }) }, OPERATOR));
      yes(await shop.holdfast.carts.add({ sku: 'set', quantity: 2 }, shopper('ann')()));
      const text = await exported(shop, format);
      expect(await imported(shop, format, text)).toMatchObject({ rows: 4, unchanged: 4, problemCount: 0 });
      await using other = await openShopWith(engine);
      expect(await imported(other, format, text)).toMatchObject({ rows: 4, applied: 4, problemCount: 0 });
      expect(await exported(other, format)).toBe(text);
      expect(yes(await other.holdfast.stock.level({ sku: 'set' }))).toMatchObject({
        components: kitOf({ mug: 2, box: 1 }),
        unitPrice: { amount: 1_100 },
        available: 9,
      });
      expect(yes(await other.holdfast.stock.level({ sku: 'a "first" kit' })).available).toBe(3);
      await other.soundAudit();
    },
  );

  test('an export of several locations restores the kits at each', async () => {
    const open = async () => {
      const opened = await openKitShop(engine);
      yes(await opened.holdfast.locations.define({ id: 'berlin' }, OPERATOR));
      return opened;
    };
    await using shop = await open();
    for (const sku of ['mug', 'box', 'set'])
      yes(await shop.holdfast.stock.define({ sku, location: 'berlin' }, OPERATOR));
    yes(await shop.holdfast.stock.receive({ sku: 'mug', location: 'berlin', quantity: 4 }, OPERATOR));
    yes(await shop.holdfast.stock.receive({ sku: 'box', location: 'berlin', quantity: 4 }, OPERATOR));
    const text = await exported(shop, 'csv');
    await using other = await open();
    expect(await imported(other, 'csv', text)).toMatchObject({ rows: 6, problemCount: 0 });
    expect(await exported(other, 'csv')).toBe(text);
    expect(yes(await other.holdfast.stock.level({ sku: 'set' })).available).toBe(11);
    await other.soundAudit();
  });

  test('problems name the row, and change nothing', async () => {
    await using shop = await openKitShop(engine);
    yes(await shop.holdfast.stock.define({ sku: 'plain' }, OPERATOR));
    const before = await exported(shop, 'csv');
    const rows: ImportRow[] = [
      { sku: 'set', onHand: 3 },
      { sku: 'big', components: kitOf({ set: 1 }) },
      { sku: 'mug', components: kitOf({ plain: 1 }) },
      { sku: 'new', components: kitOf({ mug: 1 }), safetyStock: 2 },
      { sku: 'own', components: kitOf({ own: 1 }) },
      { sku: 'late', components: kitOf({ mug: 1 }), onHand: 1 },
    ];
    const { problems, applied } = await importRows(shop, ...rows);
    expect(applied).toBe(0);
    expect(problems.map(({ row, sku, column, reason }) => [row, sku, column, reason])).toEqual([
      [1, 'set', 'onHand', 'kit_stock'],
      [2, 'big', 'components', 'invalid_input'],
      [3, 'mug', 'components', 'invalid_input'],
      [4, 'new', 'safetyStock', 'invalid_input'],
      [5, 'own', 'components', 'invalid_input'],
      [6, 'late', 'onHand', 'kit_stock'],
    ]);
    expect(await exported(shop, 'csv')).toBe(before);
  });

  test('the components of a kit in use do not change', async () => {
    await using shop = await openKitShop(engine);
    yes(await shop.holdfast.carts.add({ sku: 'set', quantity: 1 }, shopper('ann')()));
    const row = { sku: 'set', title: 'Set' };
    const inUse = [{ row: 1, sku: 'set', column: 'components', reason: 'kit_in_use' }];
    expect((await importRows(shop, { ...row, components: kitOf({ mug: 1 }) })).problems).toMatchObject(inUse);
    expect((await importRows(shop, { ...row, components: null })).problems).toMatchObject(inUse);
    expect(await importRows(shop, { ...row, components: kitOf({ mug: 2, box: 1 }) })).toMatchObject({ applied: 1 });
    shop.clock.now += shop.holdfast.settings.holdTtlMs + 1;
    expect(await importRows(shop, { ...row, components: kitOf({ mug: 1 }) })).toMatchObject({ applied: 1 });
    yes(await shop.holdfast.carts.add({ sku: 'set', quantity: 1 }, shopper('ann')()));
    yes(await shop.holdfast.checkout.place({}, shopper('ann')('pay')));
    expect((await importRows(shop, { ...row, components: null })).problems).toMatchObject(inUse);
  });

  test('a dry run finds the same problems', async () => {
    await using shop = await openKitShop(engine);
    const rows = [
      { sku: 'set', onHand: 3 },
      { sku: 'fine', components: kitOf({ mug: 1, unknown: 2 }) },
    ];
    const entries = rows.map((row) => ({ text: JSON.stringify(row), row }));
    const { bulk } = shop.holdfast;
    expect(yes(await bulk.import(once(entries), { key: 'k', dryRun: true }, OPERATOR))).toMatchObject({
      applied: 1,
      problems: [{ row: 1, reason: 'kit_stock' }],
    });
  });
});

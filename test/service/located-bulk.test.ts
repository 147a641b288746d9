import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvRows } from '../../src/api/bulk/csv-rows.ts';
import { jsonRows } from '../../src/api/bulk/json-rows.ts';
import { WRITERS } from '../../src/api/bulk/row-writer.ts';
import type { ImportReport } from '../../src/contract/outputs/stock-outputs.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';

const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const READERS = { csv: csvRows, jsonl: jsonRows };

let files = 0;
async function send({ bulk }: Holdfast, text: string, format: 'csv' | 'jsonl' = 'csv'): Promise<ImportReport> {
  const rows = READERS[format](Readable.from([Buffer.from(text)]));
  return yes(await bulk.import(rows, { key: `file-${(files += 1)}` }, OPERATOR));
}

async function exported({ bulk }: Holdfast, format: 'csv' | 'jsonl'): Promise<string> {
  const { head, lines } = WRITERS[format];
  const isLocated = await bulk.isLocated();
  let text = head(isLocated);
  for await (const rows of bulk.export()) text += lines(rows, isLocated);
  return text;
}

/** The units on hand of a SKU by location. */
const unitsOf = async ({ stock }: Holdfast, sku: string): Promise<Record<string, number>> =>
  Object.fromEntries((yes(await stock.level({ sku })).locations ?? []).map((at) => [at.location, at.onHand]));

describe.each(engines)('files with locations on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    yes(await locations.define({ id: 'main', title: 'Main Office & Shop (Heritage Crest)' }, OPERATOR));
    yes(await locations.define({ id: 'berlin', title: 'Warehouse (Concord Park)', priority: 1 }, OPERATOR));
    yes(await locations.define({ id: 'attic' }, OPERATOR));
    return shop;
  };

  test.each(['csv', 'jsonl'] as const)('an export as %s restores another shop', async (format) => {
    await using shop = await open();
    const { stock, locations } = shop.holdfast;
    await shop.supply('tea', { units: 5, unitPrice: EUR(450), safetyStock: 1, limitPerCustomer: 9 });
    await shop.supply('cup', { units: 2 });
    yes(await stock.receive({ sku: 'tea', quantity: 7, location: 'berlin' }, OPERATOR));
    yes(await stock.define({ sku: 'tea', safetyStock: 3, location: 'berlin' }, OPERATOR));
    const text = await exported(shop.holdfast, format);
    if (format === 'csv') expect(text.split('\r\n', 1)[0]).toMatch(/,onHand,location$/);
    await using other = await openShopWith(engine);
    for (const { id } of yes(await locations.list({})).items)
      yes(await other.holdfast.locations.define({ id }, OPERATOR));
    expect(await send(other.holdfast, text, format)).toMatchObject({ rows: 3, applied: 3, problems: [] });
    expect(await exported(other.holdfast, format)).toBe(text);
    expect(await send(other.holdfast, text, format)).toMatchObject({ rows: 3, applied: 0, unchanged: 3 });
    await other.soundAudit();
  });

  test('a row names its location by id or title, and main without a name', async () => {
    await using shop = await open();
    const file = [
      'sku,onHand,location,title,safetyStock',
      'tea,4,berlin,Tea,1',
      'tea,3,,,',
      'tea,2,Main Office & Shop (Heritage Crest),Teas,',
      'tea,6,vienna,,',
      'tea,-1,attic,,',
      'cup,0,attic,,',
      'cup,1,Warehouse (Concord Park),,',
    ].join('\n');
    const report = await send(shop.holdfast, file);
    expect(report).toMatchObject({ rows: 7, problemCount: 2 });
    expect(report.problems).toEqual([
      { row: 4, sku: 'tea', column: 'location', reason: 'unknown_location', message: expect.any(String) },
      { row: 5, sku: 'tea', column: 'onHand', reason: 'invalid_input', message: expect.any(String) },
    ]);
    expect(await unitsOf(shop.holdfast, 'tea')).toEqual({ berlin: 4, main: 2 });
    expect(await unitsOf(shop.holdfast, 'cup')).toEqual({ berlin: 1, main: 0 });
    const [view] = await shop.store.read([{ skus: ['tea', 'tea@berlin'] }]);
    expect(view?.stock.map((record) => [record?.title, record?.safetyStock])).toEqual([
      ['Teas', 0],
      ['Teas', 1],
    ]);
    expect(await send(shop.holdfast, 'sku,title\ntea,All\n')).toMatchObject({ applied: 1 });
    const [changed] = await shop.store.read([{ skus: ['tea', 'tea@berlin'] }]);
    expect(changed?.stock.map((record) => record?.title)).toEqual(['All', 'All']);
    await shop.soundAudit();
  });

  test('a count of one location is compared with what it has, and kept above its holds', async () => {
    await using shop = await open();
    yes(await shop.holdfast.stock.define({ sku: 'tea' }, OPERATOR));
    yes(await shop.holdfast.stock.receive({ sku: 'tea', quantity: 7, location: 'berlin' }, OPERATOR));
    const file = 'sku,location,onHand,expectedOnHand\ntea,berlin,9,8\ntea,attic,4,0\ntea,main,5,1\n';
    const { problems } = await send(shop.holdfast, file);
    expect(problems.map(({ row, sku, reason, message }) => [row, sku, reason, message])).toEqual([
      [1, 'tea', 'count_mismatch', '7 units are on hand'],
      [3, 'tea', 'count_mismatch', '0 units are on hand'],
    ]);
    expect(await unitsOf(shop.holdfast, 'tea')).toEqual({ berlin: 7, attic: 4, main: 0 });
  });

  test('many rows of one SKU for several locations are one chunk', async () => {
    await using shop = await open();
    const rows = Array.from({ length: 80 }, (_, each) =>
      ['berlin', 'attic', 'main'].map((location) => `sku-${each},${location},${each + 1}`).join('\n'),
    );
    const before = (await shop.store.read([{}]))[0]?.sequence ?? 0;
    expect(await send(shop.holdfast, `sku,location,onHand\n${rows.join('\n')}\n`)).toMatchObject({
      rows: 240,
      problems: [],
    });
    expect(((await shop.store.read([{}]))[0]?.sequence ?? 0) - before).toBe(1);
    expect(await unitsOf(shop.holdfast, 'sku-9')).toEqual({ berlin: 10, attic: 10, main: 10 });
    await shop.soundAudit();
  });

  test("Shopify's inventory export is read as it is", async () => {
    await using shop = await open();
    const file = [
      'Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),Available (not editable),On hand (current),On hand (new)',
      'injector,"Fuel Injector, new",Title,Default Title,,,,,0986435621,,,Warehouse (Concord Park),,0,0,0,8,8,',
      'injector,"Fuel Injector, new",Title,Default Title,,,,,0986435621,,,Main Office & Shop (Heritage Crest),,0,0,0,2,2,5',
      'rail,Fuel Rail,Title,Default Title,,,,,RAIL-1,,,Warehouse (Concord Park),,0,0,0,not stocked,not stocked,',
      'rail,Fuel Rail,Title,Default Title,,,,,RAIL-1,,,Main Office & Shop (Heritage Crest),,0,0,3,-2,1,',
      'pump,Pump,Title,Default Title,,,,,,,,Warehouse (Concord Park),,0,0,0,1,1,',
      'hose,Hose,Title,Default Title,,,,,HOSE,,,Elsewhere,,0,0,0,1,1,',
    ].join('\r\n');
    const { problems, ...report } = await send(shop.holdfast, file);
    expect(report).toMatchObject({ rows: 5, applied: 3 });
    expect(problems.map(({ row, column, reason }) => [row, column, reason])).toEqual([
      [4, 'sku', 'invalid_input'],
      [5, 'location', 'unknown_location'],
    ]);
    expect(await unitsOf(shop.holdfast, '0986435621')).toEqual({ berlin: 8, main: 5 });
    expect(await unitsOf(shop.holdfast, 'RAIL-1')).toEqual({ main: 1 });
    const plain =
      'Handle,Title,SKU,HS Code,COO,Location,Incoming,Unavailable,Committed,Available,On hand\nx,X,X-1,,,berlin,0,0,1,3,4\n';
    await send(shop.holdfast, plain);
    expect(await unitsOf(shop.holdfast, 'X-1')).toEqual({ berlin: 4, main: 0 });
  });

  test("Shopify's older export has a column for each location", async () => {
    await using shop = await open();
    const file = [
      'Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,Warehouse (Concord Park),attic',
      'shirt,Shirt,Size,S,,,,,SHIRT-S,6109,DE,4,not stocked',
      'shirt,Shirt,Size,M,,,,,SHIRT-M,6109,DE,0,2',
    ].join('\n');
    expect(await send(shop.holdfast, file)).toMatchObject({ rows: 3, problems: [] });
    expect(await unitsOf(shop.holdfast, 'SHIRT-S')).toEqual({ berlin: 4, main: 0 });
    expect(await unitsOf(shop.holdfast, 'SHIRT-M')).toEqual({ attic: 2, main: 0 });
  });

  test("Medusa's export of inventory items is read as it is", async () => {
    await using shop = await open();
    const place = (name: string) =>
      ['Stocked', 'Reserved', 'Available'].map((of) => `Location [${name}] ${of} Quantity`);
    const head = ['Item Id', 'Item Sku', 'Item Title', 'Item Stocked Quantity', 'Item Reserved Quantity', 'Variant Id'];
    const file = [
      [...head, ...place('Warehouse (Concord Park)'), ...place('attic')].join(),
      'iitem_1,TEE-S,Tee,12,2,variant_1,10,2,8,2,0,2',
      // An item of two variants has a row for each.
      'iitem_1,TEE-S,Tee,12,2,variant_2,10,2,8,2,0,2',
      'iitem_2,TEE-M,Tee,3,0,,,,,3,0,3',
    ].join('\n');
    expect(await send(shop.holdfast, file)).toMatchObject({ rows: 5, applied: 3, unchanged: 2, problems: [] });
    expect(await unitsOf(shop.holdfast, 'TEE-S')).toEqual({ berlin: 10, attic: 2, main: 0 });
    expect(await unitsOf(shop.holdfast, 'TEE-M')).toEqual({ attic: 3, main: 0 });
  });
});

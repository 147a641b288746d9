import { csvRows } from '../../src/api/bulk/csv-rows.ts';
import { createHoldfast, type Holdfast } from '../../src/index.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { rounded } from '../core/ratio.ts';
import type { Plan, Report, ReportResult, ReportRow } from '../core/types.ts';
import { auditShop } from '../support/audit-shop.ts';
import { AS_OPERATOR, skuName } from '../support/goods.ts';
import { openRedisShop, SHOP } from '../support/redis-shop.ts';

const ROWS = 100_000;
const SMOKE_ROWS = 2_000;
const PART_ROWS = 500;

interface BulkShop {
  holdfast: Holdfast;
  close(): Promise<void>;
}

async function openEmbeddedShop(): Promise<BulkShop> {
  const dir = await tempDir();
  const store = await openEmbeddedStore({ dir: dir.path, shop: SHOP });
  const holdfast = createHoldfast({ store, inputs: 'trusted' });
  holdfast.expiry.start();
  const close = async (): Promise<void> => {
    await holdfast.close();
    await store.close();
    await dir[Symbol.asyncDispose]();
  };
  return { holdfast, close };
}

const STORES: readonly { name: string; open: () => Promise<BulkShop> }[] = [
  { name: 'Redis, AOF everysec', open: () => openRedisShop() },
  { name: 'embedded', open: openEmbeddedShop },
];

/** A catalog with all columns, in chunks as from a connection. `more` units change each count. */
async function* catalog(rows: number, more: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('sku,title,price,currency,safetyStock,limitPerCustomer,onHand\n');
  for (let from = 0; from < rows; from += PART_ROWS) {
    const part = Array.from({ length: Math.min(PART_ROWS, rows - from) }, (_, offset) => from + offset);
    const lines = part.map((row) => `${skuName(row)},"A mug, number ${row}",1299,EUR,2,50,${row + 10 + more}\n`);
    yield Buffer.from(lines.join(''));
  }
}

async function importRows({ holdfast }: BulkShop, key: string, rows: number, more = 0): Promise<void> {
  const result = await holdfast.bulk.import(csvRows(catalog(rows, more)), { key }, AS_OPERATOR);
  if (!result.ok || result.value.rows !== rows || result.value.problemCount > 0) {
    throw new Error(`the import returned ${JSON.stringify(result)}`);
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

async function measure(name: string, shop: BulkShop, rows: number): Promise<ReportRow[]> {
  const row = (what: string, took: number): ReportRow[] => [
    { name: `${name}: ${what}`, value: rounded(took), unit: 's' },
    { name: `${name}: ${what}, rows or SKUs per second`, value: rounded(rows / took), unit: '/s' },
  ];
  const counted = rows.toLocaleString('en');
  return [
    ...row(`import of ${counted} new SKUs`, await seconds(() => importRows(shop, 'first', rows))),
    ...row(`import of the same rows`, await seconds(() => importRows(shop, 'same', rows))),
    ...row(`import of other counts`, await seconds(() => importRows(shop, 'other', rows, 1))),
    ...row(`audit of ${counted} SKUs`, await seconds(() => auditShop(shop.holdfast, { reserved: 0 }))),
  ];
}

async function run(plan: Plan): Promise<ReportResult> {
  const rows: ReportRow[] = [];
  for (const { name, open } of STORES) {
    const shop = await open();
    try {
      rows.push(...(await measure(name, shop, plan.smoke ? SMOKE_ROWS : ROWS)));
    } finally {
      await shop.close();
    }
    plan.say(`${name}: measured`);
  }
  return { rows };
}

export const bulk: Report = {
  key: 'bulk',
  about: 'how long the import of a catalog and the audit of its SKUs take on both stores',
  seconds: 60,
  run,
};

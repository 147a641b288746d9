import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { loadedRows, openBrowser, openConsole, textsOf } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let browser: Browser;
let shop: ShopServer;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop()]);
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

const fileOf = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

test('shows what a file would change, applies it with a reason, and applies it only once', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await operator.stock.define.mutate({ sku: 'mug', title: 'Mug', unitPrice: { amount: 900, currency: 'EUR' } });
  await operator.stock.receive.mutate({ sku: 'mug', quantity: 10 });
  await there.goTo('/stock/import');
  await page.getByText('You see what it would change before anything is applied.').waitFor();
  expect(await there.inspect('import-empty')).toEqual([]);
  const more = Array.from(
    { length: 20 },
    (_, index) => `cup-${index},A cup with a long title ${'x'.repeat(200)},100,EUR,5`,
  );
  const rows = ['sku,title,price,currency,onHand', 'mug,A mug,950,EUR,7', 'bad,,1.5,EUR,-1', ...more, 'mug2,,,,'];
  await page.getByLabel('File').setInputFiles(fileOf('catalog.csv', rows.join('\n')));
  await page.getByRole('button', { name: 'Show what changes' }).click();
  const changes = page.getByRole('region', { name: 'Changes' }).getByRole('row', { name: 'A mug' });
  await changes.waitFor();
  expect(await changes.textContent()).toContain('title Mug A mugunitPrice €9.00 €9.50onHand 10 7');
  await page.getByRole('region', { name: 'Problems' }).getByText('price').first().waitFor();
  expect(await there.inspect('import')).toEqual([]);
  // Nothing was applied yet.
  expect(await operator.stock.level.query({ sku: 'mug' })).toMatchObject({ onHand: 10, title: 'Mug' });

  const apply = async (name: string): Promise<void> => {
    await page.getByRole('button', { name }).click();
    await page.getByText('Leaves out 1 row with problems.').waitFor();
    await page.getByText('Counts 21 rows: 10 units on hand become 107 units (+97).').waitFor();
    await page.getByLabel('Reason').fill('the yearly count');
    await page.getByRole('dialog').getByRole('button', { name: 'Apply the changes' }).click();
  };
  await apply('Apply the changes');
  await page.getByText('22 rows were applied.').waitFor();
  await page.getByRole('heading', { name: 'Result' }).waitFor();
  expect(await there.inspect('import-done')).toEqual([]);
  expect(await operator.stock.level.query({ sku: 'mug' })).toMatchObject({ onHand: 7, title: 'A mug' });
  const [movement] = (await operator.stock.history.query({ sku: 'mug', limit: 1 })).movements;
  expect(movement).toMatchObject({ kind: 'counted', cause: { by: 'operator', reason: 'the yearly count' } });
  const events = (await operator.admin.events.query({ limit: 10 })).items;
  const imports = events.filter(({ what }) => what === 'stock.import');
  expect(imports.map(({ reason }) => reason)).toEqual(imports.map(() => 'the yearly count'));

  await page.getByRole('button', { name: 'Show what changes' }).click();
  await page.getByText('The file changes nothing.').waitFor();

  // The import recorded several events. They are one row, which has no JSON.
  expect(imports.length).toBeGreaterThan(1);
  await there.goTo('/access?part=events&what=stock.import');
  const listed = await textsOf(loadedRows(page.getByRole('group', { name: 'Events', exact: true })));
  expect(listed).toEqual([expect.stringContaining('Operator key')]);
  expect(listed[0]).toContain('Reason: the yearly count');
  expect(listed[0]).toContain('mug title Mug A mug');
  expect(listed[0]).toContain('mug unit price €9.00 €9.50');
  expect(listed[0]).not.toMatch(/[{}]/);
  expect(there.complaints).toEqual([]);
});

test('says what is wrong with a file, and changes nothing', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo('/stock/import');
  await page.getByLabel('File').setInputFiles(fileOf('catalog.txt', 'sku\nmug'));
  await page.getByText('has to end with .csv').waitFor();
  await page.getByLabel('File').setInputFiles(fileOf('catalog.csv', 'sku,colour\nmug,red'));
  await page.getByRole('button', { name: 'Show what changes' }).click();
  await page.getByRole('alert').filter({ hasText: 'column 2' }).waitFor();
  expect(await there.inspect('import-refused')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('exports all SKUs to a file that can be imported', async () => {
  const { data } = await shop.mutate('keys.create', { name: 'reader', scopes: ['stock:read'] }, { operator: true });
  await using there = await openConsole(browser, shop, (data as { key: string }).key);
  const { page } = there;
  await there.goTo('/stock');
  await page.getByRole('link', { name: 'Import and export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('stock.csv');
  expect(await readFile(await download.path(), 'utf8')).toMatch(/^sku,title,.*\r\n/);
  // A key that may only read cannot import.
  expect(await page.getByLabel('File').count()).toBe(0);
  expect(there.complaints).toEqual([]);
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient } from '../../src/client/client.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { loadedRows, openBrowser, openConsole } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const LONG = 'A-VERY-LONG-SKU.WITHOUT-A-PLACE-TO-BREAK_'.repeat(3).slice(0, 128);

let browser: Browser;
let shop: ShopServer;
let operator: HoldfastClient;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop()]);
  operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  const price = { amount: 3_400, currency: 'EUR' };
  const title = 'A title that goes on and on, '.repeat(8);
  await operator.stock.define.mutate({ sku: LONG, title, unitPrice: { amount: 1e12, currency: 'EUR' } });
  await operator.stock.define.mutate({ sku: 'TEE-MANY', unitPrice: price });
  await operator.stock.receive.mutate({ sku: 'TEE-MANY', quantity: 1e12 });
  await operator.stock.receive.mutate({ sku: LONG, quantity: 4 });
  for (let n = 0; n < 60; n += 1) {
    const sku = `TEE-${String(n).padStart(2, '0')}`;
    await operator.stock.define.mutate({ sku, title: `The keeper tee, size ${n}`, unitPrice: price });
    if (n % 10 > 0) await operator.stock.receive.mutate({ sku, quantity: n });
  }
});
beforeEach(async () => {
  await operator.stock.count.mutate({ sku: 'TEE-07', onHand: 7 });
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

const open = async (path: string, key?: string) => {
  const there = await openConsole(browser, shop, key);
  await there.goTo(path);
  const row = (sku: string) => there.page.getByRole('row').filter({ hasText: sku });
  return { there, page: there.page, row, [Symbol.asyncDispose]: () => there[Symbol.asyncDispose]() };
};

test('finds SKUs by their beginning, in titles, and by the units that are left', async () => {
  await using opened = await open('/stock');
  const { page, row } = opened;
  await row('TEE-00').waitFor();
  expect(await page.getByRole('row').count()).toBe(51);
  await page.getByRole('button', { name: 'Show more' }).click();
  await row('TEE-59').waitFor();
  await page.getByPlaceholder('Name of a SKU').fill('TEE-5');
  await row('TEE-00').waitFor({ state: 'detached' });
  await row('TEE-59').waitFor();
  expect(await page.getByRole('row').count()).toBe(11);
  await page.getByPlaceholder('Name of a SKU').fill('size 12');
  await page.getByRole('button', { name: 'Search in the middle' }).click();
  await row('TEE-12').waitFor();
  await page.getByPlaceholder('Name of a SKU').fill('');
  await page.getByRole('button', { name: 'Out', exact: true }).click();
  await row('TEE-51').waitFor({ state: 'detached' });
  await row('TEE-50').waitFor();
  expect(await page.getByRole('row').count()).toBe(7);
  // The address has the search, so that it can be sent to somebody.
  expect(page.url()).toContain('show=out');
  await page.getByRole('button', { name: 'Low', exact: true }).click();
  await row('TEE-05').waitFor();
  await page.getByLabel('at most').fill('3');
  await row('TEE-05').waitFor({ state: 'detached' });
  expect(opened.there.complaints).toEqual([]);
});

test('offers the SKU with exactly the searched name first, and opens it with Enter', async () => {
  for (const sku of ['a-cup', 'cup']) await operator.stock.define.mutate({ sku });
  await using opened = await open('/stock?find=cup&within=all');
  const { page } = opened;
  const search = page.getByRole('search', { name: 'Find SKUs' }).getByRole('searchbox');
  const rows = loadedRows(page.locator('main'));
  await rows.filter({ hasText: 'a-cup' }).waitFor();
  await rows.first().getByRole('link', { name: 'cup', exact: true }).waitFor();
  await search.fill('TEE-08');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'TEE-08' }).waitFor();
  // The beginning of a name opens nothing.
  await opened.there.goTo('/stock');
  await search.fill('TEE-');
  await page.keyboard.press('Enter');
  await page.waitForURL(/find=TEE-/);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Stock');
  expect(opened.there.complaints).toEqual([]);
});

test('counts what was seen, and refuses when somebody else was faster', async () => {
  await using opened = await open('/stock?find=TEE-07');
  const { page, row } = opened;
  await page.getByRole('button', { name: 'Count TEE-07' }).click();
  await page.getByLabel('Units counted').fill('5');
  await page.getByText('On hand goes from 7 to 5 (-2).').waitFor();
  await operator.stock.adjust.mutate({ sku: 'TEE-07', delta: 1, reason: 'found' });
  await page.getByLabel('Reason').fill('inventory');
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  await page.getByText('On hand is 8 now: somebody changed it').waitFor();
  // The count is now compared with the number that the refusal has shown.
  await page.getByText('On hand goes from 8 to 5 (-3).').waitFor();
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  await page.getByText('TEE-07: 5 on hand now.').waitFor();
  await row('TEE-07').getByRole('button', { name: ': 5 on hand' }).waitFor();
  const { movements } = await operator.stock.history.query({ sku: 'TEE-07', limit: 1 });
  expect(movements).toMatchObject([{ kind: 'counted', cause: { by: 'operator', reason: 'inventory' } }]);
});

test('receives and adjusts, and shows what others change', async () => {
  await using opened = await open('/stock?find=TEE-07');
  const { page, row } = opened;
  await page.getByRole('button', { name: 'Receive TEE-07' }).click();
  await page.getByLabel('Units received').fill('1,000');
  await page.getByLabel('Reference').fill('delivery-17');
  await page.getByLabel('Reason').fill('the yearly delivery');
  await page.getByRole('button', { name: 'Receive', exact: true }).click();
  await row('1,007').first().waitFor();
  await page.getByRole('button', { name: 'Adjust TEE-07' }).click();
  await page.getByLabel('Change').fill('-7');
  expect(await page.getByRole('button', { name: 'Adjust', exact: true }).isDisabled()).toBe(true);
  await page.getByLabel('Reason').fill('torn');
  await page.getByRole('button', { name: 'Adjust', exact: true }).click();
  await row('1,000').first().waitFor();
  await operator.stock.receive.mutate({ sku: 'TEE-07', quantity: 234 });
  await row('1,234').first().waitFor();
  expect(opened.there.complaints).toEqual([]);
});

test('shows a key that may only read no button that would be refused', async () => {
  const { key } = await operator.keys.create.mutate({ name: 'reader', scopes: ['stock:read'] });
  await using opened = await open('/stock', key);
  const { page, row } = opened;
  await row('TEE-07').waitFor();
  expect(await page.getByRole('button', { name: /Count|Receive|Adjust/ }).count()).toBe(0);
  expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Sale', 'Stock']);
});

test('looks right with long texts, empty, with a dialog and without an answer', async () => {
  await using opened = await open('/stock?show=low&max=9');
  const { there, page, row } = opened;
  await row('TEE-07').waitFor();
  expect(await there.inspect('stock')).toEqual([]);
  await page.getByRole('button', { name: 'Adjust TEE-07' }).click();
  await page.getByLabel('Change').fill('-9');
  await page.getByText('There would be fewer than 0').waitFor();
  expect(await there.inspect('stock-adjust')).toEqual([]);
  await there.goTo(`/stock?find=${'nothing-'.repeat(16)}`);
  await page.getByText('No SKU begins with').waitFor();
  expect(await there.inspect('stock-empty')).toEqual([]);
  await page.route('**/trpc/stock.list**', (route) => route.abort());
  await there.goTo('/stock?find=TEE-0');
  await page.getByText('The server does not answer').first().waitFor();
  expect(await there.inspect('stock-error')).toEqual([]);
});

/** A shop with one SKU at a port. */
async function startSmallShop(port = '0'): Promise<ShopServer> {
  const small = await startShop({ PORT: port });
  await small.mutate('stock.define', { sku: 'TEE-07' }, { operator: true });
  await small.mutate('stock.receive', { sku: 'TEE-07', quantity: 7 }, { operator: true });
  return small;
}

test('goes on while the server is stopped, and an action works when it is back', async () => {
  const before = await startSmallShop();
  await using there = await openConsole(browser, before);
  const { page } = there;
  await there.goTo('/stock');
  await page.getByRole('row').filter({ hasText: 'TEE-07' }).waitFor();
  const files = `performance.getEntriesByType('resource').filter(({ name }) => `;
  const loaded = `${files}/endpoint-action|plot/.test(name)).length`;
  await expect.poll(() => page.evaluate(loaded), { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
  await before[Symbol.asyncDispose]();
  await page.getByText('The server does not answer').first().waitFor();
  await page.getByRole('status').getByText('No answer', { exact: true }).waitFor();
  expect(await page.getByText('Live', { exact: true }).count()).toBe(0);
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('button', { name: 'Adjust TEE-07' }).click();
  await page.getByLabel('Change').fill('-2');
  await page.getByLabel('Reason').fill('torn');
  const adjust = page.getByRole('button', { name: 'Adjust', exact: true });
  await adjust.click();
  await page.getByText('it is not known whether this took effect').waitFor();
  await using _after = await startSmallShop(new URL(before.url).port);
  await adjust.click();
  await page.getByText('TEE-07: 5 on hand now.').waitFor();
});

test('says that a part was not loaded, and loads it when it is tried again', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  const parts = /assets\/(?:action-dialog|stock-dialog|webhooks-screen)-/;
  await page.route(parts, (route) => route.abort());
  await there.goTo('/stock?find=TEE-07');
  const sentence = page.getByText('The server did not send this part');
  const again = page.getByRole('alert').getByRole('button', { name: 'Try again' });
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await sentence.waitFor();
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('button', { name: 'Adjust TEE-07' }).click();
  await again.click();
  await sentence.waitFor();
  await page.unroute(parts);
  await again.click();
  await page.getByLabel('Change').waitFor();
  // The style sheet has come too.
  const position = `getComputedStyle(document.querySelector('[role=dialog]')).position`;
  expect(await page.evaluate(position)).toBe('fixed');
  expect(await sentence.count()).toBe(0);
});

test('returns the focus to the button of a dialog that is closed', async () => {
  await using opened = await open('/stock?find=TEE-07');
  const { there, page } = opened;
  const focused = (): Promise<unknown> => page.evaluate('document.activeElement.textContent');
  for (const button of ['Receive TEE-07', 'Count TEE-07']) {
    await page.getByRole('button', { name: button }).press('Enter');
    await page.getByRole('dialog').getByLabel('Reason').waitFor();
    // A row that is read again meanwhile keeps its button.
    await operator.stock.receive.mutate({ sku: 'TEE-07', quantity: 93 });
    await page.getByText('100', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe(button.startsWith('Count') ? '100' : 'Receive');
    await operator.stock.count.mutate({ sku: 'TEE-07', onHand: 7 });
    await page.getByText('7', { exact: true }).first().waitFor();
  }
  await there.goTo('/stock/TEE-07');
  await page.getByRole('button', { name: 'Write off' }).press('Enter');
  await page.getByLabel('Reason').fill('r'.repeat(256));
  await page.getByText('This has 256 of at most 255 characters.').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(focused).toBe('Write off');
});

test('shows the actions of a row whole on a phone', async () => {
  await using opened = await open('/stock?find=TEE-0');
  const { page, row } = opened;
  await row('TEE-07').waitFor();
  // Also those of a window with a scrollbar of 15 px.
  for (const width of [1_000, 985, 800, 785, 390, 360, 345]) {
    await page.setViewportSize({ width, height: 844 });
    for (const button of await row('TEE-07').getByRole('button').all()) {
      const box = await button.boundingBox();
      expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
  }
});

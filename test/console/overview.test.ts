import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { loadedRows, openBrowser, openConsole } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let browser: Browser;
let shop: ShopServer;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop({ WEBHOOK_ALLOW_PRIVATE: 'yes' })]);
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

/** The figure with this label, with its note. */
const figure = (page: Page, label: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(label, { exact: true }) })
    .getByRole('definition');

test('shows the health of the shop, and what needs an operator', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await operator.webhooks.create.mutate({
    url: `https://127.0.0.1:9/${'a-very-long-path-of-a-receiver/'.repeat(6)}`,
    events: ['stock.low', 'stock.back_in_stock'],
  });
  await there.goTo('/overview');
  await page.getByText('None yet').waitFor();
  await figure(page, 'Most held').getByText('Not known', { exact: true }).waitFor();
  await operator.stock.define.mutate({ sku: 'mug' });
  await operator.stock.define.mutate({ sku: 'cup' });
  await operator.stock.receive.mutate({ sku: 'cup', quantity: 2 });
  await page.getByText('Almost sold out: cup (2 left).').waitFor();
  await page.getByText('Sold out: mug.', { exact: true }).waitFor();
  await operator.stock.define.mutate({ sku: 'lamp' });
  await operator.stock.receive.mutate({ sku: 'lamp', quantity: 20 });
  await shop.mutate('cart.add', { sku: 'lamp', quantity: 10 }, { session: 'a-shopper-of-the-overview' });
  // It is the share of a SKU that shoppers have looked at.
  await shop.query('stock.availability', { skus: ['lamp'] });
  await figure(page, 'Most held').getByText('50%', { exact: true }).waitFor();
  // One word for one state: the screen of the webhooks has the same.
  const word = (): Promise<string> => loadedRows(page.locator('main')).getByText('Failing').innerText();
  expect(await word()).toBe('Failing');
  await there.goTo('/webhooks');
  expect(await word()).toBe('Failing');
  await there.goTo('/overview');
  await operator.admin.audit.query();
  await page.getByText('The books are right').waitFor();
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await page.getByRole('definition').filter({ hasText: 'per second' }).waitFor();
  expect(await there.inspect('overview')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

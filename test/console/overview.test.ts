import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { openBrowser, openConsole } from './open-console.ts';

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

test('shows the health of the shop, and what needs an operator', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await operator.webhooks.create.mutate({
    url: `https://127.0.0.1:9/${'a-very-long-path-of-a-receiver/'.repeat(6)}`,
    events: ['stock.low'],
  });
  await there.goTo('/overview');
  await page.getByText('None yet').waitFor();
  await operator.admin.audit.query();
  await page.getByText('The books are right').waitFor();
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await page.getByRole('definition').filter({ hasText: 'per second' }).waitFor();
  expect(await there.inspect('overview')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

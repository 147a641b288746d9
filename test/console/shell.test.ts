import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { openBrowser, openConsole } from './open-console.ts';

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

test('shows the shell', async () => {
  await using there = await openConsole(browser, shop);
  await there.goTo('/overview');
  expect(await there.inspect('overview')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

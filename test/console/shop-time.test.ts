import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { MovableClock } from '../../src/store/time/movable-clock.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { loadedRows, openBrowser, openConsole, openPage } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const HOUR_MS = 3_600_000;

/** The shop is a day ahead of the computer of the operator. */
const clock = new MovableClock({ runs: true });
let browser: Browser;
let shop: ShopServer;
beforeAll(async () => {
  const store = openMemoryStore({ shop: 'main', clock: clock.now });
  [browser, shop] = await Promise.all([openBrowser(), startShop({}, store, { clock: clock.now })]);
  const operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  await operator.stock.define.mutate({ sku: 'lamp' });
  await operator.stock.receive.mutate({ sku: 'lamp', quantity: 9, reason: 'Old delivery' });
  clock.advance(25 * HOUR_MS);
  await operator.stock.receive.mutate({ sku: 'lamp', quantity: 2, reason: 'New delivery' });
  const { sessionId } = await createHoldfastClient({ url: shop.url }).session.create.mutate({});
  await createHoldfastClient({ url: shop.url, sessionId }).cart.add.mutate({ sku: 'lamp', quantity: 1 });
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

test('countdowns, ages and periods are by the clock of the shop, for a key with few scopes too', async () => {
  await using root = await openConsole(browser, shop);
  const { key } = await root.operator.keys.create.mutate({ name: 'reader', scopes: ['stock:read', 'holds:read'] });
  await using there = await openConsole(browser, shop, key ?? '');
  const { page } = there;
  await there.goTo('/stock/lamp');
  const holds = page.getByRole('region', { name: 'Live holds', exact: true });
  await loadedRows(holds)
    .getByText(/^1\d:\d\d$/)
    .waitFor();
  const changes = page.getByRole('region', { name: 'What changed', exact: true });
  await changes.getByText('New delivery').waitFor();
  await page.getByText('On hand is 11, 2 more than this time yesterday (9)').waitFor();
  expect(await changes.getByText('Old delivery').count()).toBe(0);
  // A page that is open follows a move of the clock.
  clock.advance(2 * 60_000);
  await changes
    .getByText(/^2 min .*ago$/)
    .first()
    .waitFor();
  expect(there.complaints).toEqual([]);
});

test('ages and countdowns are right on a computer with a wrong clock, and its readings are current', async () => {
  const { context, page, complaints, close } = await openPage(browser);
  await context.addInitScript(`{
    const { now } = Date;
    Date.now = () => now() - 3 * ${HOUR_MS};
  }`);
  await page.goto(`${shop.url}/console/stock/lamp`);
  await page.getByLabel('Key').fill(OPERATOR_KEY);
  await page.keyboard.press('Enter');
  const holds = page.getByRole('region', { name: 'Live holds', exact: true });
  await loadedRows(holds)
    .getByText(/^1\d:\d\d$/)
    .waitFor();
  await loadedRows(page.getByRole('region', { name: 'What changed', exact: true }))
    .getByText(/^\d+ (?:s|min).* ago$/)
    .first()
    .waitFor();
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('admin.status has the time of a shop that was moved', async () => {
  const { data } = await shop.query('admin.status', {}, { operator: true });
  expect(Math.abs((data as { at: number }).at - clock.now())).toBeLessThan(60_000);
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient } from '../../src/client/client.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { openBrowser, openConsole, openPage } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let browser: Browser;
let shop: ShopServer;
let operator: HoldfastClient;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop()]);
  operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  for (const sku of ['A 1/2, 50%', 'B', 'C']) await operator.stock.define.mutate({ sku });
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

test('a wrong key is explained, and no key is kept anywhere but in the tab', async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${shop.url}/console/stock`);
  await page.getByLabel('Key').fill('a-wrong-key-of-somebody');
  await page.keyboard.press('Enter');
  await page.getByText('The server does not accept this key.').waitFor();
  // Only keys that exist for a moment are taken from an address.
  await page.goto(`${shop.url}/console/stock#key=${OPERATOR_KEY}`);
  await page.reload();
  await page.getByLabel('Key').fill(OPERATOR_KEY);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Stock' }).waitFor();
  const kept = '[document.cookie, JSON.stringify(localStorage), Object.values({ ...sessionStorage })]';
  expect(await page.evaluate(kept)).toEqual(['', '{}', expect.arrayContaining([OPERATOR_KEY])]);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Stock' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Key').waitFor();
  expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(OPERATOR_KEY);
  await close();
});

test('a revoked key leads back to the sign-in', async () => {
  const { key, keyId } = await operator.keys.create.mutate({ name: 'short', scopes: ['metrics:read'] });
  await using there = await openConsole(browser, shop, key);
  await there.goTo('/overview');
  await operator.keys.revoke.mutate({ keyId });
  await there.page.getByText('Your key has ended').waitFor();
  expect(await there.page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(key);
});

test('an address that the key cannot read names the scopes, and has no button', async () => {
  const { key } = await operator.keys.create.mutate({ name: 'nothing', scopes: [] });
  await using there = await openConsole(browser, shop, key);
  await there.goTo('/');
  const main = there.page.locator('main');
  await main.getByText('one of the scopes stock:read, ').waitFor();
  const needed = { '/audit': 'audit:read', '/webhooks': 'webhooks:manage', '/stock/import': 'stock:write, stock:read' };
  const others = {
    '/orders?view=holds': 'orders:read',
    '/access?part=events': 'keys:manage',
    '/carts/crt_1': 'orders:',
  };
  for (const [path, scope] of Object.entries({ ...needed, ...others })) {
    await there.page.evaluate(`history.pushState(null, '', ${JSON.stringify(`/console${path}`)})`);
    await main.getByText(scope).waitFor();
    expect([path, await main.getByRole('button').count()]).toEqual([path, 0]);
  }
  expect(there.complaints).toEqual([]);
});

test('everything is reached by the keyboard', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo('/stock');
  await page.getByRole('row').filter({ hasText: 'A 1/2' }).waitFor();
  // After a navigation the focus is on the title.
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
  await page.getByText('Skip to the content').focus();
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN');
  const rows = page.getByRole('row');
  await rows.nth(1).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^C/);
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'A 1/2, 50%' }).waitFor();
  // The address of a SKU with such characters is a link like any other.
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'A 1/2, 50%' }).waitFor();
  expect(there.complaints).toEqual([]);
});

test('the theme follows the system until one is chosen', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo('');
  const scheme = (): Promise<unknown> => page.evaluate('getComputedStyle(document.documentElement).colorScheme');
  expect(await scheme()).toBe('light dark');
  await page.getByRole('button', { name: 'Theme: as the system' }).click();
  expect(await scheme()).toBe('light');
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
  expect(await scheme()).toBe('dark');
});

test('data that are not current say so, and follow again afterwards', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo('/overview');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.route('**/trpc/**', (route) => route.abort());
  await page.getByText(/^Stale: \d+ s old$/).waitFor();
  await page.getByText('The server does not answer').first().waitFor();
  await page.unroute('**/trpc/**');
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.getByText('The server does not answer').count()).toBe(0);
});

test('the sign-in, an unknown address and the menu of a phone look right', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo('/nowhere');
  await page.getByText('This address has no screen').waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Stock' }).waitFor();
  expect(await there.inspect('menu')).toEqual([]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Key').waitFor();
  expect(await there.inspect('sign-in')).toEqual([]);
});

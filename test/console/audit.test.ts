import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { addIndexFault } from './index-fault.ts';
import { openBrowser, openConsole } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let browser: Browser;
let shop: ShopServer;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop({ SELL_AT: 'dispatch' })]);
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

test('says whether the books are right, and how the units on hand came about', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await there.goTo('/audit');
  await page.getByText('No audit in this tab yet').waitFor();
  expect(await there.inspect('audit-empty')).toEqual([]);

  await operator.stock.define.mutate({ sku: 'mug' });
  await operator.stock.receive.mutate({ sku: 'mug', quantity: 1_000 });
  const session = { session: 'a-shopper-of-the-audit' };
  await shop.mutate('cart.add', { sku: 'mug', quantity: 9 }, session);
  const { data } = await shop.mutate('checkout.place', { idempotencyKey: 'k' }, session);
  const { orderId } = data as { orderId: string };
  await operator.orders.fulfil.mutate({ orderId, lines: [{ sku: 'mug', quantity: 7 }] });
  const back = { orderId, reason: 'broken', idempotencyKey: 'return' };
  await operator.orders.return.mutate({ ...back, lines: [{ sku: 'mug', quantity: 2 }], restock: true });
  await operator.stock.adjust.mutate({ sku: 'mug', delta: -30, reason: 'broken' });
  await operator.stock.count.mutate({ sku: 'mug', onHand: 970 });

  await page.getByRole('button', { name: 'Run an audit' }).click();
  await page.getByText('The books are right', { exact: true }).waitFor();
  const table = page.getByRole('table', { name: 'How the units on hand came about' });
  const cells = await table.getByRole('cell').allTextContents();
  expect(cells).toEqual(['1,000', '-7', '+2', '-30', '+5', '970', '970']);
  await table.getByText('9 sold, less 2 that are still to be dispatched').waitFor();
  await page.getByText('Both are the same').waitFor();
  await page.getByText('No violations').waitFor();
  expect(await there.inspect('audit')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('a violation says what is wrong, and leads to its SKU, hold and order', async () => {
  const store = openMemoryStore({ shop: 'main' });
  await using broken = await startShop({}, store);
  await using there = await openConsole(browser, broken);
  const { page, operator } = there;
  await operator.stock.define.mutate({ sku: 'mug' });
  await operator.stock.receive.mutate({ sku: 'mug', quantity: 10 });
  const session = { session: 'a-shopper-of-the-audit' };
  await broken.mutate('cart.add', { sku: 'mug', quantity: 1 }, session);
  const { data } = await broken.mutate('checkout.place', { idempotencyKey: 'k' }, session);
  const { orderId } = data as { orderId: string };
  await broken.mutate('cart.add', { sku: 'mug', quantity: 2 }, session);
  for (const key of store.tables.documents.keys()) {
    if (key.startsWith('cart:') || key === `order:${orderId}`) store.tables.documents.delete(key);
  }
  await addIndexFault(page);
  await there.goTo('/audit');
  await page.getByRole('button', { name: 'Run an audit' }).click();
  await page.getByText('The books have 3 violations').waitFor();
  await page.getByText('A hold has no line in its cart.').waitFor();
  await page.getByText('The ledger has an order that is not stored.').waitFor();
  expect(await there.inspect('audit-violations')).toEqual([]);
  const links = await page.getByRole('region', { name: 'Violations' }).getByRole('link').all();
  const targets = await Promise.all(links.map((link) => link.getAttribute('href')));
  const [toSku, toHolds, toOrder] = ['stock/mug', 'orders?view=holds&sku=mug', `orders/${orderId}`];
  expect(targets.sort()).toEqual([`/console/${toSku}`, `/console/${toHolds}`, `/console/${toOrder}`].sort());
  await page.getByRole('button', { name: 'Repair the indexes' }).click();
  await page.getByLabel('Reason').fill('after the audit');
  await page.getByRole('dialog').getByRole('button', { name: 'Repair the indexes' }).click();
  await page.getByText(/were repaired\.|was repaired\./).waitFor();
  const [event] = (await operator.admin.events.query({ limit: 1 })).items;
  expect(event).toMatchObject({ what: 'admin.repairIndexes', reason: 'after the audit' });
  expect(there.complaints).toEqual([]);
  await page.unrouteAll({ behavior: 'wait' });
});

test('shows the steps of an audit while it runs', async () => {
  const store = openMemoryStore({ shop: 'main' });
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const { scan } = store;
  store.scan = async (page) => {
    if (page.kind === 'documents' && page.cursor !== null) await held;
    return scan({ ...page, limit: 1 });
  };
  await using slow = await startShop({}, store);
  await using there = await openConsole(browser, slow);
  const { page, operator } = there;
  for (const sku of ['mug', 'cup']) await operator.stock.define.mutate({ sku });
  await there.goTo('/audit');
  await page.getByRole('button', { name: 'Run an audit' }).click();
  await page.getByText(/^Step 4 of 5: comparing carts, orders and other records, 1 of \d\.$/).waitFor();
  const bar = page.getByRole('progressbar', { name: 'Progress of the audit' });
  expect(await bar.getAttribute('max')).toBe('5');
  const value = Number(await bar.getAttribute('value'));
  expect([value > 3, value < 4]).toEqual([true, true]);
  expect(await there.inspect('audit-steps')).toEqual([]);
  goOn();
  await page.getByText('The books are right', { exact: true }).waitFor();
  expect(await bar.count()).toBe(0);
  expect(there.complaints).toEqual([]);
});

test('shows the time of a running audit, and offers no repair to a key that may only read', async () => {
  const { data } = await shop.mutate('keys.create', { name: 'reader', scopes: ['audit:read'] }, { operator: true });
  await using there = await openConsole(browser, shop, (data as { key: string }).key);
  const { page } = there;
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await addIndexFault(page, held);
  await there.goTo('/audit');
  await page.getByText('This key cannot see the last audit.').waitFor();
  expect(await page.getByText('None yet').count()).toBe(0);
  await page.getByRole('button', { name: 'Run an audit' }).click();
  await page
    .getByText(/^Auditing…/)
    .first()
    .waitFor();
  await page.getByText(/\d s so far\./).waitFor();
  expect(await there.inspect('audit-running')).toEqual([]);
  answer();
  await page.getByText('A hold would never end by its deadline.').waitFor();
  expect(await page.getByRole('button', { name: 'Repair the indexes' }).count()).toBe(0);
  expect(there.complaints).toEqual([]);
  await page.unrouteAll({ behavior: 'wait' });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { crowd } from '../support/crowd.ts';
import { embeddedEngine, type Engine, redisEngine } from '../support/engines.ts';
import { HttpCaller } from '../support/http-caller.ts';
import type { ShopServer } from '../support/shop-server.ts';
import { visit } from '../support/shopper.ts';
import { commit, reserve, transaction } from '../support/transactions.ts';
import { openBrowser, openConsole } from './open-console.ts';
import { DROP, figure, type OpenSale, openSale } from './sale-shop.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const LONG = 'a-very-long-sku-of-sixty-four-characters-that-has-no-blank-in-it';
const BUYERS = 300;
const UNITS = 200;
/** Units that were sold before the console was opened: more sales than a screen should read. */
const EARLIER = 3_000;
const SALES_AT_ONCE = 500;
const AT_ONCE = 12;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
  await redisEngine.start();
});
afterAll(async () => {
  await browser.close();
  await redisEngine.stop();
});

const saleOf = (...skus: string[]): string => `/sale?skus=${encodeURIComponent(JSON.stringify(skus))}`;

/** Buyers who come at the same time until nothing is left. Every tenth one leaves a full cart behind. */
async function rush(shop: ShopServer): Promise<number> {
  const plans = crowd({ name: 'rush', shoppers: BUYERS, skus: [DROP], leavesEvery: 10 });
  const caller = new HttpCaller(shop.url);
  let sold = 0;
  const buy = async (): Promise<void> => {
    for (let plan = plans.shift(); plan; plan = plans.shift()) {
      const { order } = await visit(plan, async () => caller);
      sold += order?.lines.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buy));
  caller.close();
  return sold;
}

/** A sale of which many units were sold before, each by a transaction of its own. */
async function openAt(engine: Engine, earlier = 0): Promise<OpenSale> {
  const open = await openSale({ browser, engine, units: UNITS + earlier });
  const sell = (_: unknown, index: number) =>
    transaction(`sale-${index}`, [reserve(`hld_${index}`, DROP, 1), commit(`hld_${index}`)]);
  const sales = Array.from({ length: earlier }, sell);
  while (sales.length > 0) {
    const { answers } = await open.shop.store.apply(sales.splice(0, SALES_AT_ONCE));
    expect(answers.every(({ status }) => status === 'applied')).toBe(true);
  }
  return open;
}

const shown = (count: number): string => count.toLocaleString('en-US');

test('shows a flash sale while it runs', async () => {
  await using open = await openAt(redisEngine, EARLIER);
  const { shop, there } = open;
  const { page } = there;
  await there.goTo('/sale');
  await page.getByRole('searchbox', { name: 'Add a SKU' }).fill('drop-');
  await page.getByRole('button', { name: `Add ${DROP}` }).click();
  await figure(there, 'Available').getByText(String(UNITS), { exact: true }).waitFor();
  await figure(there, 'Sold').getByText(shown(EARLIER), { exact: true }).waitFor();
  expect(new URL(page.url()).search).toBe(new URL(saleOf(DROP), shop.url).search);
  const rushing = rush(shop);
  await page.getByText('units per second: it is selling').waitFor();
  await page.getByText('Not enough units').waitFor();
  const sold = await rushing;
  await figure(there, 'Sold')
    .getByText(shown(EARLIER + sold), { exact: true })
    .waitFor();
  await figure(there, 'Sold').getByText(`in all, less returns; ${sold} since`).waitFor();
  const { reserved, available } = await there.operator.stock.level.query({ sku: DROP });
  await page
    .getByRole('img', { name: `${shown(EARLIER + sold)} sold, ${reserved} held, ${available} available.` })
    .waitFor();
  expect(sold + reserved + available).toBe(UNITS);
  await page.getByText('All taken: some are in carts and may come back').first().waitFor();
  const holders = page.getByRole('region', { name: 'Who holds most' }).locator('tbody tr');
  await holders
    .first()
    .getByRole('link', { name: /^\d+ holds?$/ })
    .waitFor();
  expect(await there.inspect('sale-redis')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('goes on without its stream, and says that its figures are old without a server', async () => {
  await using open = await openAt(embeddedEngine, EARLIER);
  const { shop, there } = open;
  const { page } = there;
  await page.route('**/trpc/stock.watch*', (route) => route.abort());
  await there.goTo(saleOf(DROP));
  await page.getByText('The live stream is interrupted.').waitFor();
  await figure(there, 'Sold').getByText(shown(EARLIER), { exact: true }).waitFor();
  await there.operator.stock.receive.mutate({ sku: DROP, quantity: 7 });
  await figure(there, 'Available')
    .getByText(String(UNITS + 7), { exact: true })
    .waitFor();
  expect(await page.getByText(/^These figures are/).count()).toBe(0);
  await shop.running.close();
  await page.getByText(/^These figures are \d+ s old$/).waitFor();
  expect(await there.inspect('sale-stale')).toEqual([]);
  expect(there.complaints.filter((text) => !text.includes('stock.watch'))).toEqual([]);
});

test('starts and stops a protected sale after a typed confirmation', async () => {
  await using open = await openAt(embeddedEngine);
  const { shop, there } = open;
  const { page, operator } = there;
  await there.goTo(saleOf(DROP));
  await page.getByRole('button', { name: 'Start protected sale…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`From now on only admitted sessions can put ${DROP} into a cart.`).waitFor();
  await dialog.getByLabel('Limit for each customer').fill('2');
  await dialog.getByLabel('Reason').fill('robots');
  expect(await dialog.getByRole('button', { name: 'Start protected sale' }).isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${DROP} to confirm`).fill(DROP);
  expect(await there.inspect('sale-protect')).toEqual([]);
  await dialog.getByRole('button', { name: 'Start protected sale' }).click();
  await page.getByText(`Only admitted sessions can buy ${DROP} now.`).waitFor();
  expect(await operator.stock.level.query({ sku: DROP })).toMatchObject({ protected: true, limitPerCustomer: 2 });
  const refused = await shop.mutate('cart.add', { sku: DROP, quantity: 1 }, { session: 'a-robot-without-admission' });
  expect(refused.error?.data['reason']).toBe('admission_required');
  await page.getByRole('button', { name: 'Stop protected sale…' }).click();
  await dialog.getByText('It goes on selling').waitFor();
  await dialog.getByLabel('Reason').fill('the rush is over');
  await dialog.getByLabel(`Type ${DROP} to confirm`).fill(DROP);
  await dialog.getByRole('button', { name: 'Stop protected sale' }).click();
  await page.getByText(`Every session can buy ${DROP} now.`).waitFor();
  expect(await operator.stock.level.query({ sku: DROP })).toMatchObject({ protected: false, limitPerCustomer: 2 });
  expect(there.complaints).toEqual([]);
});

test('shows a key that may only read no button that would be refused, and long texts', async () => {
  await using open = await openAt(embeddedEngine);
  const { shop, there: admin } = open;
  await admin.operator.stock.define.mutate({ sku: LONG, title: 'W'.repeat(255), protected: true });
  await admin.operator.stock.receive.mutate({ sku: DROP, quantity: 1_234_567 });
  const { key } = await admin.operator.keys.create.mutate({ name: 'reader', scopes: ['stock:read'] });
  await using there = await openConsole(browser, shop, key ?? '');
  const { page } = there;
  await there.goTo(saleOf(DROP, LONG, 'none'));
  await page.getByText('The shop has no SKU none. Remove it, and check the spelling.').first().waitFor();
  await page.getByText(`Protected: ${LONG}. Not protected: 1 other.`).waitFor();
  expect(await page.getByRole('button', { name: /protected sale/ }).count()).toBe(0);
  expect(await page.getByRole('region', { name: /Requests|Who holds most/ }).count()).toBe(0);
  expect(await there.inspect('sale-long')).toEqual([]);
  await page.getByRole('button', { name: 'Remove none from this screen' }).click();
  await page.getByText('Problems', { exact: true }).waitFor();
  expect(new URL(page.url()).search).toBe(new URL(saleOf(DROP, LONG), shop.url).search);
  expect(there.complaints).toEqual([]);
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient } from '../../src/client/client.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { loadedRows, type OpenConsole, openBrowser, openConsole, textsOf } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const LAMP = 'lamp-oak-40';
const LONG = 'a-very-long-sku-of-sixty-four-characters-that-has-no-blank-in-it';

let browser: Browser;
let shop: ShopServer;
/** The key of a person who counts the shelf. */
let shelf: HoldfastClient;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop({ SELL_AT: 'dispatch' })]);
  const operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  const { key } = await operator.keys.create.mutate({ name: 'shelf', scopes: ['stock:write'] });
  shelf = createHoldfastClient({ url: shop.url, operatorKey: key ?? '' });
  await fillShop(operator);
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

async function fillShop(operator: HoldfastClient): Promise<void> {
  const unitPrice = { amount: 8_900, currency: 'EUR' };
  await operator.stock.define.mutate({ sku: LAMP, title: 'Oak lamp, 40 cm', unitPrice, limitPerCustomer: 4 });
  await operator.stock.receive.mutate({ sku: LAMP, quantity: 50, reason: 'Delivery 2231' });
  await operator.stock.define.mutate({ sku: LONG, title: 'W'.repeat(255) });
  await shelf.stock.receive.mutate({ sku: LONG, quantity: 1, reason: 'x'.repeat(255) });
  for (const quantity of [2, 1, 3]) await addToCart(quantity);
  const buyer = await addToCart(2);
  const { orderId } = await buyer.checkout.place.mutate({ idempotencyKey: 'lamp' });
  await operator.orders.fulfil.mutate({ orderId, trackingReference: 'DHL-1' });
  await shelf.stock.adjust.mutate({ sku: LAMP, delta: -3, reason: 'Broken when the shelf fell' });
}

async function addToCart(quantity: number, sku = LAMP): Promise<HoldfastClient> {
  const { sessionId } = await createHoldfastClient({ url: shop.url }).session.create.mutate({});
  const shopper = createHoldfastClient({ url: shop.url, sessionId });
  await shopper.cart.add.mutate({ sku, quantity });
  return shopper;
}

const section = ({ page }: OpenConsole, name: string) => page.getByRole('region', { name, exact: true }).first();
/** The rows of the table of a section, with the blanks of each as one. */
const rowsOf = (there: OpenConsole, name: string): Promise<string[]> => textsOf(loadedRows(section(there, name)));

test('answers why a SKU has fewer units than yesterday', async () => {
  await using there = await openConsole(browser, shop);
  await there.goTo(`/stock/${LAMP}`);
  const { page } = there;
  await page.getByText('On hand is 45, 45 more than this time yesterday (0)').waitFor();
  const causes = await rowsOf(there, 'What changed');
  expect(causes[0]).toContain('Received Delivery 2231, Operator key +50 0 0 +50');
  expect(causes[1]).toContain('Adjusted Broken when the shelf fell, Key shelf -3 0 0 -3');
  const ledger = await rowsOf(there, 'Ledger');
  expect(ledger[0]).toMatch(/Adjusted -3 48 → 45 6 0 Broken when the shelf fell Key shelf/);
  expect(ledger[1]).toMatch(/Dispatched 2 50 → 48 6 2 → 0 Operator key Order ord_\S+ Reference DHL-1/);
  await page.getByRole('img', { name: 'On hand 45, reserved 6, and 2 sold in this time.' }).waitFor();
  expect(await there.inspect('sku')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('releases one hold with a reason that the ledger shows', async () => {
  await using there = await openConsole(browser, shop);
  await there.goTo(`/stock/${LAMP}`);
  const { page } = there;
  const cell = page.getByRole('cell', { name: '3', exact: true });
  const row = section(there, 'Live holds').locator('tbody tr').filter({ has: cell });
  await row.getByRole('button', { name: 'Release' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('loses 3 units').waitFor();
  expect(await dialog.getByRole('button', { name: 'Release' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Reason').fill('Reserved for the fair');
  await dialog.getByRole('button', { name: 'Release' }).click();
  await page.getByText(`3 units of ${LAMP} were released.`).waitFor();
  await page.getByRole('cell', { name: 'Reserved for the fair Operator key' }).waitFor();
  const { movements } = await there.operator.stock.history.query({ sku: LAMP, limit: 1 });
  expect(movements[0]).toMatchObject({ kind: 'released', quantity: 3, cause: { reason: 'Reserved for the fair' } });
  expect(there.complaints).toEqual([]);
});

test('adjusts the units on hand with a reason', async () => {
  await using there = await openConsole(browser, shop);
  await there.goTo(`/stock/${LAMP}`);
  const { onHand } = await there.operator.stock.level.query({ sku: LAMP });
  await there.page.getByRole('button', { name: 'Adjust' }).click();
  const dialog = there.page.getByRole('dialog');
  await dialog.getByRole('textbox').first().fill('-2');
  await dialog.getByLabel('Reason').fill('Lent to the photographer');
  await dialog.getByRole('button', { name: 'Adjust' }).click();
  await section(there, 'Ledger').getByText('Lent to the photographer').waitFor();
  expect(await there.operator.stock.level.query({ sku: LAMP })).toMatchObject({ onHand: onHand - 2 });
  expect(there.complaints).toEqual([]);
});

test('writes off units of the newest holds, and says whose holds end and have ended', async () => {
  await using there = await openConsole(browser, shop);
  const { operator, page } = there;
  const sku = 'vase';
  await operator.stock.define.mutate({ sku });
  await operator.stock.receive.mutate({ sku, quantity: 6 });
  const first = await addToCart(2, sku);
  const buyer = await addToCart(3, sku);
  const { orderId } = await buyer.checkout.begin.mutate({ idempotencyKey: 'vase' });
  await there.goTo(`/stock/${sku}`);
  await page.getByRole('button', { name: 'Write off' }).click();
  const dialog = page.locator('[role=dialog]:not([aria-label=Notice])');
  await dialog.getByText('6 on hand, of which nobody has 1.').waitFor();
  await dialog.getByLabel('Units that are gone').fill('2');
  await dialog.getByText('Give a whole number from 1 to 1.').waitFor();
  await dialog.getByLabel('Take them from').selectOption('newest_holds');
  await dialog.getByText('At most 6').waitFor();
  await dialog.getByText('On hand goes from 6 to 4 (-2).').waitFor();
  await dialog.getByText('1 unit of the newest holds').waitFor();
  await dialog.getByRole('link', { name: `Order ${orderId}` }).waitFor();
  expect(await dialog.getByRole('link').count()).toBe(1);
  await dialog.getByLabel('Reason').fill('Fell from the shelf');
  const submit = dialog.getByRole('button', { name: 'Write off' });
  expect(await submit.isDisabled()).toBe(true);
  await dialog.getByLabel('Type write off to confirm').fill('write off');
  expect(await there.inspect('sku-write-off')).toEqual([]);
  await submit.click();
  await dialog.getByText('1 hold ended.').waitFor();
  await dialog.getByRole('link', { name: `Order ${orderId}` }).waitFor();
  expect(await there.inspect('sku-written-off')).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  expect(await operator.stock.level.query({ sku })).toMatchObject({ onHand: 4, reserved: 2 });
  expect(await operator.orders.get.query({ orderId })).toMatchObject({ status: 'expired' });
  expect((await first.cart.get.query()).lines).toMatchObject([{ quantity: 2 }]);
  await page.getByRole('button', { name: 'Write off' }).click();
  await dialog.getByLabel('Units that are gone').fill('2');
  await dialog.getByText('Nobody has these units, so no hold ends.').waitFor();
  expect(there.complaints).toEqual([]);
});

test('changes the settings that were edited, and no others', async () => {
  await using there = await openConsole(browser, shop);
  await there.goTo(`/stock/${LAMP}`);
  const { page } = there;
  await page.getByRole('button', { name: 'Edit settings' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Safety stock').fill('-1');
  // The buttons are in sight although the dialog is higher than the window.
  await page.setViewportSize({ width: 800, height: 800 });
  const box = await dialog.getByRole('button', { name: 'Save' }).boundingBox();
  expect((box?.y ?? 800) + (box?.height ?? 0)).toBeLessThanOrEqual(800);
  expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Safety stock').fill('5');
  await dialog.getByLabel('Price').fill('79.50 EUR');
  await dialog.getByLabel('Reason').fill('the new catalog');
  // What somebody else changes meanwhile is not in the form, and stays.
  await there.operator.stock.define.mutate({ sku: LAMP, limitPerCustomer: 6 });
  expect(await there.inspect('sku-settings')).toEqual([]);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('were saved').waitFor();
  expect(await there.operator.stock.level.query({ sku: LAMP })).toMatchObject({
    safetyStock: 5,
    unitPrice: { amount: 7_950, currency: 'EUR' },
    limitPerCustomer: 6,
    title: 'Oak lamp, 40 cm',
  });
  expect(there.complaints).toEqual([]);
});

test('shows a key that may only read no button that would be refused', async () => {
  await using admin = await openConsole(browser, shop);
  const { key } = await admin.operator.keys.create.mutate({ name: 'reader', scopes: ['stock:read', 'holds:read'] });
  await using there = await openConsole(browser, shop, key ?? '');
  await there.goTo(`/stock/${LAMP}`);
  await rowsOf(there, 'Live holds');
  expect(await there.page.getByRole('button', { name: /Release|Edit|Count|Receive|Adjust|Write/ }).count()).toBe(0);
  expect(there.complaints).toEqual([]);
});

test('shows the components of a kit, and the units at each location', async () => {
  await using there = await openConsole(browser, shop);
  const { operator, page } = there;
  const set = 'lamp-and-bulb';
  await operator.locations.define.mutate({ id: 'berlin', title: 'Berlin' });
  await operator.stock.define.mutate({ sku: 'bulb' });
  await operator.stock.receive.mutate({ sku: 'bulb', quantity: 7, location: 'berlin', reason: 'Moved here' });
  await operator.stock.receive.mutate({ sku: 'bulb', quantity: 4, reason: 'First box' });
  await operator.stock.define.mutate({ sku: set, components: [{ sku: 'bulb', quantity: 2 }] });
  await there.goTo(`/stock/${set}`);
  expect(await rowsOf(there, 'Components of this kit')).toEqual(['bulb 2 11 5']);
  // A kit has no units of its own that could be on hand or free.
  await page.getByText(/^In holds is 0/).waitFor();
  expect(await page.getByText(/^(On hand|Free)\b/).count()).toBe(0);
  await section(there, 'Components of this kit').getByRole('link', { name: 'bulb' }).click();
  await page.getByText('On hand is 11, 11 more than this time yesterday (0)').waitFor();
  expect(await rowsOf(there, 'Locations')).toEqual(['berlin 7 7 0 0 0 0', 'main 4 4 0 0 0 0']);
  expect(await rowsOf(there, 'Ledger')).toEqual([
    expect.stringMatching(/^\w+ \d+, [\d:]+ main Received 4 0 → 4 0 0 First box Operator key$/),
    expect.stringMatching(/ berlin Received 7 0 → 7 0 0 Moved here Operator key$/),
  ]);
  // A form begins with `main`, wherever more units are.
  await page.getByRole('button', { name: 'Count' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByLabel('Location').inputValue()).toBe('main');
  await dialog.getByText('On hand is 4.').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Count');
  // More than a page of each place, in turns of two.
  const units = Array.from({ length: 60 }, (_, index) => index + 1);
  for (const quantity of units) {
    const place = quantity % 4 < 2 ? { location: 'berlin' } : {};
    await operator.stock.receive.mutate({ sku: 'bulb', quantity, reason: `Box ${quantity}`, ...place });
  }
  await section(there, 'Ledger').getByText('Box 60').waitFor();
  const more = section(there, 'Ledger').getByRole('button', { name: 'Show more' });
  await more.click();
  await section(there, 'Ledger').getByText('Box 11', { exact: true }).waitFor();
  await more.click();
  await section(there, 'Ledger').getByText('Moved here').waitFor();
  const reasons = (await rowsOf(there, 'Ledger')).map((text) => /(Box \d+|First box|Moved here) /.exec(text)?.[1]);
  expect(reasons).toEqual([...units.toReversed().map((unit) => `Box ${unit}`), 'First box', 'Moved here']);
  await page.getByRole('combobox', { name: 'Location' }).selectOption('berlin');
  await page.getByText('Each movement at berlin, with').waitFor();
  await section(there, 'Ledger').getByText('Box 59').waitFor({ state: 'detached' });
  expect((await rowsOf(there, 'Ledger'))[0]).toContain('Box 60');
  expect(await there.inspect('sku-locations')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('shows long texts, a SKU without holds, and one that does not exist', async () => {
  await using there = await openConsole(browser, shop);
  await there.goTo(`/stock/${LONG}`);
  await there.page.getByText('Nobody holds units of this SKU.').waitFor();
  await rowsOf(there, 'Ledger');
  expect(await there.inspect('sku-long')).toEqual([]);
  await there.goTo('/stock/none');
  await there.page.getByText('The shop has no SKU none.').waitFor();
  expect(await there.inspect('sku-unknown')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient } from '../../src/client/client.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { paidKey } from '../../src/transact/documents/names.ts';
import { drop, transaction } from '../support/transactions.ts';
import { loadedRows, type OpenConsole, openBrowser, openConsole } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MUG = 'mug-blue';
const DROP = 'sneaker-42';
const ADA = 'ada@shop.example';
const CARTS = 30;

let browser: Browser;
let shop: ShopServer;
let operator: HoldfastClient;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop({ SELL_AT: 'dispatch' })]);
  operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  const unitPrice = { amount: 1_900, currency: 'EUR' };
  await operator.stock.define.mutate({ sku: MUG, unitPrice });
  await operator.stock.receive.mutate({ sku: MUG, quantity: 100 });
  await operator.stock.define.mutate({ sku: DROP, unitPrice });
  await operator.stock.receive.mutate({ sku: DROP, quantity: 500 });
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

async function shopper(customerId?: string): Promise<HoldfastClient> {
  const { sessionId } = await operator.session.create.mutate(customerId === undefined ? {} : { customerId });
  return createHoldfastClient({ url: shop.url, sessionId });
}

async function begin(quantity: number, customerId?: string): Promise<string> {
  const client = await shopper(customerId);
  await client.cart.add.mutate({ sku: MUG, quantity });
  return (await client.checkout.begin.mutate({ idempotencyKey: 'begin', contact: { name: 'Ada' } })).orderId;
}

/** The open dialog. Notices are dialogs, too, and stay for some seconds. */
const openDialog = ({ page }: OpenConsole) => page.locator('[role=dialog]:not([aria-label=Notice])');
const rows = ({ page }: OpenConsole, label: string) =>
  loadedRows(page.getByRole('group', { name: label, exact: true }));

/** Opens the dialog of a button, fills its fields, and confirms with the button of the same name. */
async function act(there: OpenConsole, button: string, fields: Record<string, string>): Promise<void> {
  await there.page.getByRole('button', { name: button, exact: true }).first().click();
  const dialog = openDialog(there);
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('follows an order from its payment to its return', async () => {
  const orderId = await begin(3, ADA);
  await using there = await openConsole(browser, shop);
  await there.goTo(`/orders/${orderId}`);
  await act(there, 'Confirm payment', { 'Payment reference': 'pi_1', Reason: 'Paid by bank transfer' });
  await act(there, 'Dispatch', { [MUG]: '2', Tracking: 'DHL-7', Reason: 'Picked' });
  await act(there, 'Cancel units', { [MUG]: '1', Reason: 'One is chipped', 'Type cancel to confirm': 'cancel' });
  await there.page.getByRole('button', { name: 'Take back' }).click();
  const dialog = openDialog(there);
  await dialog.getByText('At most 2').waitFor();
  await dialog.getByLabel(MUG).fill('3');
  await dialog.getByText('Give a whole number from 0 to 2.').waitFor();
  await dialog.getByLabel('Reason').fill('Too blue');
  expect(await dialog.getByRole('button', { name: 'Take back' }).isDisabled()).toBe(true);
  expect(await there.inspect('order-return')).toEqual([]);
  await dialog.getByLabel(MUG).fill('1');
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await dialog.waitFor({ state: 'detached' });
  await rows(there, 'Timeline').first().getByText('Returned 1').waitFor();
  const timeline = await rows(there, 'Timeline').allInnerTexts();
  const kinds = ['Returned 1', 'Sale cancelled 1', 'Dispatched 2', 'Sold 3', 'Held for a payment 3', 'Reserved 3'];
  expect(timeline.map((text, index) => text.includes(kinds[index] ?? '?'))).toEqual(kinds.map(() => true));
  expect(timeline[0]).toContain('Too blue');
  expect(await operator.orders.get.query({ orderId })).toMatchObject({
    status: 'fulfilled',
    lines: [{ quantity: 2, fulfilled: 2, returned: 1 }],
  });
  expect(await there.inspect('order')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('sets the units of a line within its bounds', async () => {
  const orderId = await begin(3);
  await operator.checkout.confirm.mutate({ orderId, paymentReference: 'pi_line' });
  await operator.orders.fulfil.mutate({ orderId, lines: [{ sku: MUG, quantity: 2 }] });
  const { available } = await operator.stock.level.query({ sku: MUG });
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo(`/orders/${orderId}`);
  await page.getByRole('button', { name: 'Set quantity' }).click();
  const dialog = openDialog(there);
  await dialog.getByText(`From 2 to ${available + 3}:`).waitFor();
  const quantity = dialog.getByLabel(`Units of ${MUG}`);
  await dialog.getByLabel('Reason').fill('Called by phone');
  const submit = dialog.getByRole('button', { name: 'Set quantity' });
  for (const wrong of ['1', String(available + 4), 'x']) {
    await quantity.fill(wrong);
    await dialog.getByText(`Give a whole number from 2 to ${available + 3}.`).waitFor();
    expect(await submit.isDisabled()).toBe(true);
  }
  await quantity.fill('5');
  await dialog.getByText('2 more units are taken from the stock').waitFor();
  expect(await there.inspect('order-line')).toEqual([]);
  await submit.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Set quantity' }).click();
  await quantity.fill('2');
  await dialog.getByText('3 units are not dispatched.').waitFor();
  await dialog.getByLabel('Reason').fill('Called again');
  expect(await submit.isDisabled()).toBe(true);
  await dialog.getByLabel('Type cancel to confirm').fill('cancel');
  await submit.click();
  await dialog.waitFor({ state: 'detached' });
  expect(await operator.orders.get.query({ orderId })).toMatchObject({ lines: [{ quantity: 2, fulfilled: 2 }] });
  const { movements } = await operator.stock.history.query({ sku: MUG, limit: 2 });
  expect(movements.map(({ cause }) => cause.reason)).toEqual(['Called again', 'Called by phone']);
  expect(there.complaints).toEqual([]);
});

test('cancels an unpaid order with a reason', async () => {
  const orderId = await begin(2);
  await using there = await openConsole(browser, shop);
  await there.goTo(`/orders/${orderId}`);
  await act(there, 'Cancel order', { Reason: 'Called by phone', 'Type cancel to confirm': 'cancel' });
  await there.page.getByText('Cancelled').first().waitFor();
  const { movements } = await operator.stock.history.query({ sku: MUG, limit: 1 });
  expect(movements[0]).toMatchObject({ kind: 'released', cause: { by: 'operator', reason: 'Called by phone' } });
});

test('finds orders by customer, session and payment, and reservations by their reference', async () => {
  const orderId = await begin(1, 'bob@shop.example');
  await operator.checkout.confirm.mutate({ orderId, paymentReference: 'pi_bob' });
  const bob = await shopper('bob@shop.example');
  const { cartId } = await bob.cart.add.mutate({ sku: MUG, quantity: 1 });
  const { reservationId } = await operator.reservations.create.mutate({
    reference: 'fair',
    lines: [{ sku: MUG, quantity: 4 }],
    ttlMs: null,
  });
  await using there = await openConsole(browser, shop);
  const find = async (text: string): Promise<void> => {
    const form = there.page.getByRole('search', { name: 'Orders and holds' });
    await form.getByLabel('Find').fill(text);
    await form.getByRole('button', { name: 'Find' }).click();
  };
  await there.goTo('/orders');
  await rows(there, 'Orders').first().waitFor();
  expect(await there.inspect('orders')).toEqual([]);
  await find('bob@shop.example');
  await rows(there, 'Orders of the customer bob@shop.example').getByText(orderId).waitFor();
  const carts = there.page.getByRole('region', { name: 'Carts of the customer bob@shop.example' });
  await carts.getByRole('link', { name: cartId.slice(4, 12) }).waitFor();
  await find('pi_bob');
  await rows(there, 'Orders with this payment reference').getByText(orderId).waitFor();
  await there.page.getByText('No cart of this customer holds units.').waitFor();
  // An order of an earlier version has no entry for its payment.
  await shop.store.apply([transaction('earlier', [drop(paidKey('pi_bob', orderId), 'present')])]);
  await there.goTo('/orders?find=pi_bob');
  await rows(there, 'Earlier orders with this payment reference').getByText(orderId).waitFor();
  await find('fair');
  await rows(there, 'Reservations with this reference').getByText(reservationId).waitFor();
  expect(await there.inspect('orders-found')).toEqual([]);
  await find(reservationId);
  await act(there, 'Sell', { Reason: 'The invoice is paid' });
  await act(there, 'Release units', { [MUG]: '1', Reason: 'One is enough', 'Type release to confirm': 'release' });
  expect(await operator.reservations.get.query({ reservationId })).toMatchObject({
    status: 'committed',
    lines: [{ quantity: 4, released: 1 }],
  });
  expect(await there.inspect('reservation')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('releases all holds of a filter with one event, and lists those that had ended', async () => {
  const clients = await Promise.all(Array.from({ length: CARTS }, () => shopper()));
  await Promise.all(clients.map((client) => client.cart.add.mutate({ sku: DROP, quantity: 2 })));
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo(`/orders?view=holds&sku=${DROP}`);
  await page.getByText('60 units in 30 holds of 30 holders').waitFor();
  await page.getByRole('button', { name: `Select all ${CARTS}` }).click();
  await page.getByRole('button', { name: `Release ${CARTS}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Release 30 holds' });
  await dialog.getByText('Releases 30 holds of 30 holders.').waitFor();
  await dialog.getByLabel('Reason').fill('Hoarded');
  await dialog.getByLabel('Type release to confirm').fill('release');
  expect(await there.inspect('holds-release')).toEqual([]);
  // One of them goes on to its checkout while the operator types.
  await clients[0]?.checkout.place.mutate({ idempotencyKey: 'faster' });
  await dialog.getByRole('button', { name: `Release ${CARTS}` }).click();
  await dialog.getByText('1 hold had ended or left its cart meanwhile:').waitFor();
  await dialog.getByText('29 holds were released, with 58 units.').waitFor();
  expect(await there.inspect('holds-refused')).toEqual([]);
  expect(await operator.stock.level.query({ sku: DROP })).toMatchObject({ reserved: 0, committed: 2 });
  const { movements } = await operator.stock.history.query({ sku: DROP, limit: 500 });
  expect(movements.filter(({ kind, cause }) => kind === 'released' && cause.reason === 'Hoarded')).toHaveLength(29);
  const events = (await operator.admin.events.query({ limit: 500 })).items;
  expect(events.filter(({ reason }) => reason === 'Hoarded')).toMatchObject([
    { what: 'holds.releaseWhere', after: { named: 30, released: 29, units: 58 } },
  ]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByText('No live holds match this filter.').waitFor();
  expect(there.complaints).toEqual([]);
});

test('shows who holds the last units, and the cart of one', async () => {
  const hoarder = await shopper();
  await hoarder.cart.add.mutate({ sku: DROP, quantity: 20 });
  await using there = await openConsole(browser, shop);
  await there.goTo(`/orders?view=holds&sku=${DROP}`);
  await rows(there, 'Who holds most').first().getByText('20').first().waitFor();
  expect(await there.page.locator('main nav [aria-current]').allInnerTexts()).toEqual(['Holds']);
  expect(await there.inspect('holds')).toEqual([]);
  await rows(there, 'Live holds').first().getByRole('link', { name: /^Cart/ }).click();
  await there.page.getByRole('heading', { name: /^Cart crt_/ }).waitFor();
  await rows(there, 'Timeline').getByText('Reserved 20').waitFor();
  expect(await there.inspect('cart')).toEqual([]);
  expect(there.complaints).toEqual([]);
});

test('shows what happened to a cart that was sold, from the ledger that it was opened from', async () => {
  const buyer = await shopper();
  const { cartId } = await buyer.cart.get.query();
  await buyer.cart.add.mutate({ sku: MUG, quantity: 7 });
  await buyer.checkout.place.mutate({ idempotencyKey: 'seven' });
  const other = await shopper();
  await other.cart.add.mutate({ sku: MUG, quantity: 6 });
  const { items } = await operator.holds.list.query({ sku: MUG, limit: 100 });
  const hold = items.find(({ quantity }) => quantity === 6);
  await operator.holds.release.mutate({ holdId: hold?.holdId ?? '', reason: 'Hoarded' });
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo(`/stock/${MUG}`);
  const released = rows(there, 'Ledger').filter({ hasText: 'Released 6' });
  await released.getByText('Operator key').waitFor();
  await released.getByRole('link', { name: /^Shopper/ }).waitFor();
  await rows(there, 'Ledger')
    .filter({ hasText: 'Reserved 7' })
    .getByRole('link', { name: /^Shopper/ })
    .click();
  await rows(there, 'Timeline').getByText('Reserved 7').waitFor();
  await rows(there, 'Timeline').getByText('Sold 7').waitFor();
  await there.goTo(`/carts/${cartId}`);
  await page.getByText('This cart holds nothing now. Open it from the ledger of a SKU').waitFor();
  expect(await page.getByText('any more').count()).toBe(0);
  expect(there.complaints).toEqual([]);
});

test('shows a key that may only read no button that would be refused', async () => {
  const orderId = await begin(1);
  const scopes = ['orders:read', 'holds:read', 'reservations:read'] as const;
  const { key } = await operator.keys.create.mutate({ name: 'reader', scopes: [...scopes] });
  await using there = await openConsole(browser, shop, key ?? '');
  await there.goTo(`/orders/${orderId}`);
  await rows(there, 'Lines').first().waitFor();
  expect(await there.page.getByRole('button', { name: /Confirm|Cancel|Dispatch|Take|Set/ }).count()).toBe(0);
  await there.goTo('/orders?view=holds');
  await rows(there, 'Live holds').first().waitFor();
  expect(await there.page.getByRole('button', { name: /Release|Select/ }).count()).toBe(0);
  await there.goTo('/orders/ord_none');
  await there.page.getByText('The shop has no order ord_none').waitFor();
  expect(there.complaints).toEqual([]);
});

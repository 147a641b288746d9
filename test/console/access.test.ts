import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { openBrowser, openConsole } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SESSION = 's'.repeat(22);
const CLIENT = `clt_${'e'.repeat(22)}`;

let browser: Browser;
let shop: ShopServer;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop()]);
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

/** What the test uses of the elements of the browser. */
interface Scrolled {
  scrollWidth: number;
  clientWidth: number;
}

const keyOf = async (name: string, scopes: string[]): Promise<string> => {
  const { data } = await shop.mutate('keys.create', { name, scopes }, { operator: true });
  return (data as { key: string }).key;
};

test('creates a key with scopes, shows it once, replaces it and revokes it', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await there.goTo('/access');
  await page.getByText('Create a key for each program and person.').waitFor();
  expect(await there.inspect('access-empty')).toEqual([]);
  await page.getByRole('button', { name: 'Create a key' }).click();
  const dialog = page.getByRole('dialog');
  await page.getByLabel('Name').fill('label-printer');
  await page
    .getByRole('checkbox', { name: /^orders:read orders/ })
    .or(page.getByLabel(/^orders:readorders/))
    .check();
  await page.getByLabel('Valid for').selectOption('90 days');
  await page.getByLabel('Reason').fill('prints labels');
  await page.getByText('Creates the key “label-printer” with 1 scope.').waitFor();
  expect(await there.inspect('access-create')).toEqual([]);
  await dialog.getByRole('button', { name: 'Create a key' }).click();
  const key = (await page.getByText(/^hf_live_/).textContent()) ?? '';
  await page.getByRole('button', { name: 'I have stored it' }).click();
  expect((await shop.query('keys.whoami', {}, { operator: key })).data).toMatchObject({ name: 'label-printer' });
  expect(await page.content()).not.toContain(key);

  await page.getByRole('button', { name: 'Replace the key label-printer' }).click();
  await page.getByLabel('Reason').fill('leaked');
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await page.getByText(/^hf_live_/).waitFor();
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await operator.keys.create.mutate({ name: 'a'.repeat(64), scopes: ['stock:write', 'orders:write', 'holds:release'] });
  await page.getByText('a'.repeat(64)).waitFor();
  expect(await there.inspect('access')).toEqual([]);

  await page.getByRole('button', { name: 'Revoke the key label-printer' }).last().click();
  await page.getByLabel('Reason').fill('leaked');
  const revoke = dialog.getByRole('button', { name: 'Revoke' });
  expect(await revoke.isDisabled()).toBe(true);
  await page.getByLabel('Type revoke to confirm').fill('revoke');
  await revoke.click();
  await page.getByText('The key was revoked.').waitFor();
  expect((await shop.query('keys.whoami', {}, { operator: key })).status).toBe(403);
  const { items } = await operator.admin.events.query({ limit: 6 });
  expect(items.filter(({ reason }) => reason !== undefined).map(({ what, reason }) => [what, reason])).toEqual([
    ['keys.revoke', 'leaked'],
    ['keys.create', 'leaked'],
    ['keys.create', 'prints labels'],
  ]);
  expect(there.complaints).toEqual([]);
});

test('blocks and unblocks a client, and ends the sessions of a customer', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await operator.session.create.mutate({ customerId: 'ada' });
  await operator.sessions.block.mutate({ session: SESSION, reason: 'hoards '.repeat(30).trim() });
  await there.goTo('/access?part=sessions');
  await page.getByText(SESSION).waitFor();
  await page.getByText(/^customer:/).waitFor();
  expect(await there.inspect('access-sessions')).toEqual([]);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByLabel('Session or client').fill('nobody');
  await page.getByText('This is neither the hash of a session nor a client.').waitFor();
  await page.getByLabel('Session or client').fill(CLIENT);
  await page.getByLabel('Reason').fill('attacks');
  await dialog.getByRole('button', { name: 'Block' }).click();
  await page.getByRole('cell', { name: CLIENT }).waitFor();
  await page.getByRole('row', { name: CLIENT }).getByRole('button', { name: 'Unblock' }).click();
  await page.getByLabel('Reason').fill('a mistake');
  await dialog.getByRole('button', { name: 'Unblock' }).click();
  await page.getByText('The block has ended.').waitFor();
  await page.getByRole('button', { name: 'End sessions' }).click();
  await page.getByLabel('Id', { exact: true }).fill('ada');
  await page.getByLabel('Reason').fill('the phone was stolen');
  await page.getByLabel('Type end to confirm').fill('end');
  expect(await there.inspect('access-end')).toEqual([]);
  await dialog.getByRole('button', { name: 'End sessions' }).click();
  await page.getByText('The sessions were ended.').waitFor();
  const { items } = await operator.admin.events.query({ limit: 3 });
  expect(items).toMatchObject([
    { what: 'session.revoke', reason: 'the phone was stolen' },
    { what: 'sessions.unblock', reason: 'a mistake' },
    { what: 'sessions.block', after: { blocks: [{ client: CLIENT, reason: 'attacks' }] } },
  ]);
  expect(there.complaints).toEqual([]);
});

test('finds who did what, and keeps the filter in the address', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  await operator.stock.define.mutate({ sku: 'mug', title: 'Mug', unitPrice: { amount: 900, currency: 'EUR' } });
  await operator.stock.define.mutate({ sku: 'mug', title: 'A mug', unitPrice: { amount: 950, currency: 'EUR' } });
  // More than a page of events, so that the filter searches further.
  for (let each = 0; each < 220; each += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        operator.stock.define.mutate({ sku: `cup-${each + index}`, title: 'Cup' }),
      ),
    );
  }
  await there.goTo('/access?part=events');
  await page.getByText('The newest 200 events were searched.').waitFor();
  await page.getByLabel('Text').fill('A mug');
  await page.getByText('No event fits').waitFor();
  await page.getByRole('button', { name: 'Search further' }).click();
  await page.getByText('Mug', { exact: true }).waitFor();
  await page.getByText('A mug', { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get('find')).toBe('A mug');
  await page.getByLabel('Text').fill('');
  await page.getByLabel('What').selectOption('Revoked a key');
  await page.getByText('Reason: leaked').or(page.getByText('No event fits')).waitFor();
  await page.getByLabel('What').selectOption('Anything');
  await page.getByLabel('Text').fill('mug');
  await page.getByText('2 events.').waitFor();
  expect(await there.inspect('access-events')).toEqual([]);
  // A phone with a scrollbar of 15 px shows all of an event.
  await page.setViewportSize({ width: 345, height: 844 });
  const table = page.getByRole('group', { name: 'Events' });
  expect(await table.evaluate((each: Scrolled) => each.scrollWidth - each.clientWidth)).toBe(0);
  await operator.stock.receive.mutate({ sku: 'mug', quantity: 2 });
  await operator.stock.writeOff.mutate({ sku: 'mug', quantity: 1, takeFrom: 'newest_holds', reason: 'broken' });
  await there.goTo('/access?part=events&find=broken');
  await page.getByText('ended holds none').waitFor();
  await page.getByText('take from newest holds').waitFor();
  expect(there.complaints).toEqual([]);
});

test('a key that may only read events sees them, and no button', async () => {
  await using there = await openConsole(browser, shop, await keyOf('reader', ['audit:read']));
  const { page } = there;
  await there.goTo('/access');
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Access' }).waitFor();
  await page.getByRole('cell', { name: 'Created a key' }).first().waitFor();
  expect(await page.getByRole('button', { name: /Create|Revoke|Block|End/ }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Keys', exact: true }).count()).toBe(0);
  expect(there.complaints).toEqual([]);
});

test('a key gives only the scopes that it has', async () => {
  await using there = await openConsole(browser, shop, await keyOf('manager', ['keys:manage', 'stock:write']));
  const { page } = there;
  await there.goTo('/access');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const boxes = page.getByRole('dialog').getByRole('checkbox');
  await boxes.first().waitFor();
  expect(await boxes.count()).toBe(3);
  expect(there.complaints).toEqual([]);
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { transaction } from '../support/transactions.ts';
import { loadedRows, openBrowser, openConsole, textsOf } from './open-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DEAD = 3;

let browser: Browser;
let shop: ShopServer;
/** A receiver that answers every event with `status`. */
let receiver: Server;
let url: string;
let status = 204;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop({ WEBHOOK_ALLOW_PRIVATE: 'yes' })]);
  receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
  receiver.close();
});

/** An event is given up after 28 hours, so the test writes these. */
async function giveUp(endpointId: string): Promise<void> {
  const at = Date.now() - 60_000;
  const dead = Array.from({ length: DEAD }, (_, index) => ({
    id: `${index + 1}-0s`,
    at,
    type: 'stock.low',
    subject: `mug-${index}`,
    available: 1,
    attempts: 8,
    lastStatus: index === 0 ? '404' : 'timeout',
    diedAt: at,
  }));
  const body = JSON.stringify(dead);
  await shop.store.apply([
    transaction(`dead-${endpointId}`, [{ kind: 'put', key: `webhook:dead:${endpointId}`, expect: 'any', body }]),
  ]);
}

test('an empty list says what endpoints are for, and a new one shows its secret once', async () => {
  await using there = await openConsole(browser, shop);
  const { page } = there;
  await there.goTo('/webhooks');
  await page.getByText('The shop sends no webhooks.').waitFor();
  expect(await there.inspect('webhooks-empty')).toEqual([]);
  await page.getByRole('button', { name: 'Add an endpoint' }).click();
  await page.getByLabel('URL').fill(url);
  await page.getByLabel('Description').fill('Warehouse');
  await page.getByLabel('stock.low').check();
  await page.getByLabel('Reason').fill('the warehouse counts on it');
  await page.getByText('Sends 1 kind of events').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Add an endpoint' }).click();
  const secret = await page.getByText(/^whsec_/).textContent();
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('link', { name: 'Warehouse' }).waitFor();
  expect(await page.content()).not.toContain(secret);
  const [event] = (await there.operator.admin.events.query({ limit: 1 })).items;
  expect(event).toMatchObject({ what: 'webhooks.create', reason: 'the warehouse counts on it' });
  expect(there.complaints).toEqual([]);
});

test('says which endpoint fails and why, and replays what was given up', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  status = 500;
  const long = `${url}/${'a-very-long-path-of-a-receiver/'.repeat(8)}`;
  const { endpointId } = await operator.webhooks.create.mutate({ url: long, description: 'Bookkeeping' });
  await giveUp(endpointId);
  await operator.stock.define.mutate({ sku: 'mug' });
  await operator.stock.receive.mutate({ sku: 'mug', quantity: 2 });
  await there.goTo('/webhooks');
  await page.getByText('HTTP 500: The receiver failed.').first().waitFor();
  expect(await there.inspect('webhooks')).toEqual([]);
  await page.getByRole('row').getByRole('link', { name: 'Bookkeeping' }).click();
  await page.getByRole('heading', { level: 1, name: 'Bookkeeping' }).waitFor();
  await page.getByText('stock.back_in_stock').first().waitFor();
  await page.getByText('The receiver has nothing at this path.').first().waitFor();
  expect(await there.inspect('webhook')).toEqual([]);

  const deliveries = loadedRows(page.getByRole('region', { name: 'Last deliveries' }));
  const failed = /^\w+ \d+, [\d:]+ stock\.back_in_stock mug Failed HTTP 500 The receiver failed\. .* \d+ (?:ms|s) 1$/;
  expect(await textsOf(deliveries)).toEqual([expect.stringMatching(failed)]);
  const letters = page.getByRole('region', { name: 'Dead letters' });
  await letters
    .getByRole('button', { name: /^Replay evt_/ })
    .first()
    .click();
  await page.getByText('Sends 1 event again').waitFor();
  expect(await there.inspect('webhook-replay')).toEqual([]);
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Replay' });
  expect(await confirm.isDisabled()).toBe(true);
  status = 204;
  await page.getByLabel('Reason').fill('mended');
  await confirm.click();
  await page.getByText('1 event replayed, 2 dead letters are left.').waitFor();
  await letters.getByRole('button', { name: 'Replay all' }).click();
  await page.getByLabel('Reason').fill('mended');
  await page.getByRole('dialog').getByRole('button', { name: 'Replay all' }).click();
  await page.getByText(`${DEAD - 1} events replayed.`).waitFor();
  await letters.getByText('No event was given up.').waitFor();
  for (const mug of [0, 1, 2]) {
    await deliveries
      .filter({ hasText: `mug-${mug}` })
      .filter({ hasText: 'Delivered HTTP 204' })
      .waitFor();
  }
  const { items } = await operator.admin.events.query({ limit: 2 });
  expect(items).toMatchObject([
    { what: 'webhooks.replay', reason: 'mended', after: { replayed: DEAD - 1 } },
    { what: 'webhooks.replay', reason: 'mended', after: { replayed: 1 } },
  ]);
  expect(there.complaints).toEqual([]);
});

test('an endpoint is paused, enabled and deleted, and its secret is replaced', async () => {
  await using there = await openConsole(browser, shop);
  const { page, operator } = there;
  const { endpointId } = await operator.webhooks.create.mutate({ url, description: 'Mail' });
  await there.goTo(`/webhooks/${endpointId}`);
  const act = async (name: string): Promise<void> => {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByLabel('Reason').fill('a test');
  };
  const confirm = (name: string): Promise<void> => page.getByRole('dialog').getByRole('button', { name }).click();
  await act('Pause');
  await confirm('Pause');
  await page.getByText('An operator has paused it.').waitFor();
  await act('Enable');
  await confirm('Enable');
  await page.getByText('Delivering').waitFor();
  await act('Replace the secret');
  await confirm('Replace the secret');
  await page.getByText(/^whsec_/).waitFor();
  expect(await there.inspect('webhook-secret')).toEqual([]);
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await act('Delete');
  expect(await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await page.getByLabel('Type delete to confirm').fill('delete');
  await confirm('Delete');
  await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
  const events = (await operator.admin.events.query({ limit: 4 })).items;
  expect(events.map(({ what, reason }) => [what, reason])).toEqual([
    ['webhooks.delete', 'a test'],
    ['webhooks.rotateSecret', 'a test'],
    ['webhooks.update', 'a test'],
    ['webhooks.update', 'a test'],
  ]);
  await there.goTo(`/webhooks/${endpointId}`);
  await page.getByText(`The endpoint ${endpointId} was deleted.`).waitFor();
  expect(there.complaints).toEqual([]);
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { crowd } from '../support/crowd.ts';
import { embeddedEngine, redisEngine } from '../support/engines.ts';
import { HttpCaller } from '../support/http-caller.ts';
import type { ShopServer } from '../support/shop-server.ts';
import { visit } from '../support/shopper.ts';
import { loadedRows, type OpenConsole, openBrowser } from './open-console.ts';
import { DROP, figure, openSale } from './sale-shop.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const UNITS = 20_000;
const BUYERS_MAX = 5_000;
/** So that the shoppers leave most of the processor to the browser. */
const THINKS_MS = 15;

let browser: Browser;
/** Receives the events of the shop. */
let receiver: Server;
beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  browser = await openBrowser();
  await redisEngine.start();
});
afterAll(async () => {
  await browser.close();
  await redisEngine.stop();
  receiver.close();
});

/** Shoppers who buy one after another until `stop` is called. It resolves with the units that they have bought. */
function sell(shop: ShopServer): AsyncDisposable & { stop: () => Promise<number> } {
  let isOver = false;
  const selling = (async () => {
    const caller = new HttpCaller(shop.url);
    let sold = 0;
    for (const plan of crowd({ name: 'walk', shoppers: BUYERS_MAX, skus: [DROP], leavesEvery: 10 })) {
      const { order } = await visit(plan, async () => caller);
      sold += order?.lines.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
      if (isOver) break;
      await pause(THINKS_MS);
    }
    caller.close();
    return sold;
  })();
  const stop = (): Promise<number> => {
    isOver = true;
    return selling;
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

const screen = async ({ page }: OpenConsole, name: string): Promise<void> => {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
};

/** Fills the fields of the open dialog, and confirms it. */
async function confirm({ page }: OpenConsole, button: string, fields: Record<string, string>): Promise<void> {
  const dialog = page.locator('[role=dialog]:not([aria-label=Notice])');
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

const STEPS: readonly ((there: OpenConsole) => Promise<void>)[] = [
  async function overview(there) {
    await screen(there, 'Overview');
    await there.page.getByText('Ready', { exact: true }).waitFor();
    await there.page.getByRole('definition').filter({ hasText: 'per second' }).waitFor();
  },
  async function webhooks(there) {
    const { page } = there;
    await screen(there, 'Webhooks');
    await page.getByRole('button', { name: 'Add an endpoint' }).click();
    await page.getByLabel('URL').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`);
    await page.getByLabel('Description').fill('Warehouse');
    await page.getByLabel('Reason').fill('the warehouse packs by it');
    await page.getByRole('dialog').getByRole('button', { name: 'Add an endpoint' }).click();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('link', { name: 'Warehouse' }).click();
    await loadedRows(page.getByRole('region', { name: 'Last deliveries' }))
      .filter({ hasText: 'order.placed' })
      .filter({ hasText: 'Delivered HTTP 204' })
      .first()
      .waitFor();
  },
  async function stock(there) {
    const { page } = there;
    await screen(there, 'Stock');
    await page.getByRole('button', { name: `Adjust ${DROP}` }).click();
    await confirm(there, 'Adjust', { Change: '-7', Reason: 'torn' });
    await page.getByText(`${DROP}: `).first().waitFor();
  },
  async function sku(there) {
    const { page } = there;
    await page.getByRole('link', { name: DROP }).click();
    const ledger = loadedRows(page.getByRole('region', { name: 'Ledger', exact: true }));
    await ledger.filter({ hasText: 'Sold' }).first().waitFor();
    await loadedRows(page.getByRole('region', { name: 'What changed', exact: true }))
      .getByText('torn')
      .waitFor();
    await loadedRows(page.getByRole('region', { name: 'Live holds', exact: true }))
      .first()
      .waitFor();
  },
  async function orders(there) {
    const { page } = there;
    await screen(there, 'Orders and holds');
    await loadedRows(page.getByRole('group', { name: 'Orders', exact: true }))
      .filter({ hasText: 'Placed' })
      .first()
      .getByRole('link')
      .first()
      .click();
    await page.getByRole('button', { name: 'Dispatch', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Reason').waitFor();
    await confirm(there, 'Dispatch', { Reason: 'packed' });
    await page.getByText('Dispatched').first().waitFor();
  },
  async function holds(there) {
    const { page } = there;
    await screen(there, 'Orders and holds');
    await page.getByRole('link', { name: 'Holds', exact: true }).click();
    // The hold with the least time left is that of a shopper who left.
    await loadedRows(page.getByRole('group', { name: 'Live holds', exact: true }))
      .first()
      .getByRole('checkbox')
      .check();
    await page.getByRole('button', { name: 'Release 1', exact: true }).click();
    await confirm(there, 'Release 1', { Reason: 'left long ago', 'Type release to confirm': 'release' });
    await page.getByText('1 hold was released, with').waitFor();
  },
  async function importing(there) {
    const { page } = there;
    await screen(there, 'Stock');
    await page.getByRole('link', { name: 'Import and export' }).click();
    const buffer = Buffer.from('sku,title,onHand\ncup,A cup,5\n');
    await page.getByLabel('File').setInputFiles({ name: 'cups.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Show what changes' }).click();
    await page.getByRole('button', { name: 'Apply the changes' }).click();
    await confirm(there, 'Apply the changes', { Reason: 'a new line' });
    await page.getByText('1 row was applied.').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('stock.csv');
  },
  async function access(there) {
    const { page } = there;
    await screen(there, 'Access');
    await page.getByRole('button', { name: 'Create a key' }).click();
    await page.getByLabel('Name').fill('packer');
    await page.getByRole('checkbox', { name: 'orders:write' }).check();
    await page.getByLabel('Reason').fill('for the packing table');
    await page.getByRole('dialog').getByRole('button', { name: 'Create a key' }).click();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await loadedRows(page.getByRole('group', { name: 'Events', exact: true }))
      .filter({ hasText: 'packer' })
      .filter({ hasText: 'for the packing table' })
      .waitFor();
  },
  async function audit(there) {
    const { page } = there;
    await screen(there, 'Audit');
    await page.getByRole('button', { name: 'Run an audit' }).click();
    await page.getByText('The books are right', { exact: true }).waitFor();
    await page.getByText('Both are the same').waitFor();
  },
];

describe.each([embeddedEngine, redisEngine])('during a sale on $name', (engine) => {
  test('an operator works on every screen, and the screen of the sale follows it', async () => {
    const env = { WEBHOOK_ALLOW_PRIVATE: 'yes' };
    await using open = await openSale({ browser, engine, units: UNITS, env });
    const { shop, there } = open;
    await using sale = sell(shop);
    const address = `/sale?skus=${encodeURIComponent(JSON.stringify([DROP]))}`;
    await there.goTo(address);
    await there.page.getByText('units per second: it is selling').waitFor();
    for (const step of STEPS) await step(there);
    // The link of the navigation comes back to the chosen SKUs.
    await screen(there, 'Sale');
    await there.page.waitForURL(`**/console${address}`);
    await there.page.getByText('units per second: it is selling').waitFor();
    const sold = await sale.stop();
    await figure(there, 'Sold').getByText(sold.toLocaleString('en-US'), { exact: true }).waitFor();
    expect(there.complaints).toEqual([]);
  });
});

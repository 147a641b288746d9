import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient } from '../../src/client/client.ts';
import { SCOPE_NAMES } from '../../src/contract/scope-names.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { transaction } from '../support/transactions.ts';
import { addIndexFault } from './index-fault.ts';
import { loadedRows, type OpenConsole, openBrowser, openConsole } from './open-console.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const MUG = 'mug';
const LAMP = 'lamp';
const CUP = 'cup';
/** The name of the key. The ledger and the events show it. */
const CLERK = 'clerk';
const SOURCE = join(import.meta.dirname, '../../console/src');

let browser: Browser;
let shop: ShopServer;
let operator: HoldfastClient;
let key: string;
beforeAll(async () => {
  [browser, shop] = await Promise.all([openBrowser(), startShop({ SELL_AT: 'dispatch' })]);
  operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  for (const sku of [MUG, LAMP, CUP]) {
    await operator.stock.define.mutate({ sku, unitPrice: { amount: 1_900, currency: 'EUR' } });
    await operator.stock.receive.mutate({ sku, quantity: 100 });
  }
  key = (await operator.keys.create.mutate({ name: CLERK, scopes: [...SCOPE_NAMES] })).key ?? '';
});
afterAll(async () => {
  await browser.close();
  await shop[Symbol.asyncDispose]();
});

async function shopper(sku: string, quantity: number): Promise<HoldfastClient> {
  const { sessionId } = await operator.session.create.mutate({});
  const client = createHoldfastClient({ url: shop.url, sessionId });
  await client.cart.add.mutate({ sku, quantity });
  return client;
}

async function begin(quantity: number): Promise<string> {
  const client = await shopper(CUP, quantity);
  return (await client.checkout.begin.mutate({ idempotencyKey: 'begin' })).orderId;
}

const reserve = async (reference: string): Promise<string> => {
  const lines = [{ sku: CUP, quantity: 3 }];
  return (await operator.reservations.create.mutate({ reference, lines, ttlMs: 600_000 })).reservationId;
};

/** Adds an event that was given up, which takes 28 hours by itself. */
async function addDeadLetter(endpointId: string): Promise<void> {
  const fate = { attempts: 8, lastStatus: '404', diedAt: Date.now() };
  const body = JSON.stringify([{ id: '1-0s', at: Date.now(), type: 'stock.low', subject: MUG, available: 1, ...fate }]);
  const step = { kind: 'put', key: `webhook:dead:${endpointId}`, expect: 'any', body } as const;
  await shop.store.apply([transaction(`dead-${endpointId}`, [step])]);
}

/** An action of the console: the button that opens its dialog, and the fields that it needs besides the reason. */
interface Action {
  what: string;
  /** The screen. Absent: the action is on the screen of the one before. */
  at?: string;
  /** What is done on the screen first. */
  first?: (there: OpenConsole) => Promise<void>;
  open: string;
  fields?: Record<string, string>;
  /** Whether the dialog shows a secret afterward. */
  hasSecret?: true;
}

const openDialog = ({ page }: OpenConsole) => page.locator('[role=dialog]:not([aria-label=Notice])');

/** Goes to a screen as a link does, because it is much faster than loading the console again. */
async function follow({ page }: OpenConsole, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(`/console${path}`)})`);
}

/** Opens the dialog, and fills all that it needs besides the reason. */
async function fillAllButReason(there: OpenConsole, { at, first, open, fields = {} }: Action): Promise<void> {
  if (at !== undefined) await follow(there, at);
  await first?.(there);
  // By the keyboard, because the notice of the action before may cover the button.
  await there.page.getByRole('button', { name: open, exact: true }).first().press('Enter');
  const dialog = openDialog(there);
  await dialog.getByLabel('Reason').waitFor();
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  const typed = dialog.getByText(/^Type .+ to confirm$/);
  for (const label of await typed.allTextContents()) await dialog.getByLabel(label).fill(label.slice(5, -11));
}

/** Sends the form as Enter does. Returns whether its button is disabled. */
const isRefused = (there: OpenConsole): Promise<boolean> =>
  openDialog(there)
    .locator('form')
    .evaluate((form: Form) => {
      form.requestSubmit();
      return form.querySelector('[type=submit]')?.disabled === true;
    });

/** What the test uses of the elements of the browser. */
interface Form {
  requestSubmit(): void;
  querySelector(selector: string): { disabled: boolean } | null;
}

/** Does an action. Returns what is wrong: whether the form was sent without a reason. */
async function act(there: OpenConsole, action: Action, why: string): Promise<string[]> {
  await fillAllButReason(there, action);
  const reason = openDialog(there).getByLabel('Reason');
  const faults: string[] = [];
  for (const nothing of ['', '   ']) {
    if (nothing !== '') await reason.fill(nothing);
    if (!(await isRefused(there))) faults.push(`${action.what} is possible with the reason “${nothing}”`);
  }
  await reason.fill(why);
  await reason.press('Enter');
  await reason.waitFor({ state: 'detached' });
  if (action.hasSecret) await there.page.getByRole('button', { name: 'I have stored it' }).press('Enter');
  return faults;
}

const stockActions: Action[] = [
  { what: 'stock.count', at: `/stock/${MUG}`, open: 'Count', fields: { 'Units counted': '90' } },
  { what: 'stock.receive', open: 'Receive', fields: { 'Units received': '10' } },
  { what: 'stock.adjust', open: 'Adjust', fields: { Change: '-1' } },
  { what: 'stock.writeOff', open: 'Write off', fields: { 'Units that are gone': '1' } },
  { what: 'stock.define', open: 'Edit settings', fields: { 'Safety stock': '2' } },
];

const saleActions = (): Action[] => {
  const at = `/sale?skus=${encodeURIComponent(JSON.stringify([LAMP]))}`;
  return [
    { what: 'stock.define', at, open: 'Start protected sale…' },
    { what: 'stock.define', open: 'Stop protected sale…' },
  ];
};

async function holdActions(): Promise<Action[]> {
  for (const quantity of [1, 2, 3]) await shopper(LAMP, quantity);
  const selectAll = ({ page }: OpenConsole) => page.getByRole('button', { name: 'Select all 2' }).press('Enter');
  return [
    { what: 'holds.release', at: `/stock/${LAMP}`, open: 'Release' },
    { what: 'holds.releaseWhere', at: `/orders?view=holds&sku=${LAMP}`, first: selectAll, open: 'Release 2' },
  ];
}

const orderActions = async (): Promise<Action[]> => [
  { what: 'checkout.cancel', at: `/orders/${await begin(2)}`, open: 'Cancel order' },
  {
    what: 'checkout.confirm',
    at: `/orders/${await begin(3)}`,
    open: 'Confirm payment',
    fields: { 'Payment reference': 'pi_1' },
  },
  { what: 'orders.setLineQuantity', open: 'Set quantity', fields: { [`Units of ${CUP}`]: '5' } },
  { what: 'orders.cancelLine', open: 'Cancel units', fields: { [CUP]: '1' } },
  { what: 'orders.fulfil', open: 'Dispatch', fields: { [CUP]: '2' } },
  { what: 'orders.return', open: 'Take back', fields: { [CUP]: '1' } },
];

const reservationActions = async (): Promise<Action[]> => [
  { what: 'reservations.extend', at: `/reservations/${await reserve('fair')}`, open: 'Extend' },
  { what: 'reservations.commit', open: 'Sell' },
  { what: 'reservations.fulfil', open: 'Dispatch', fields: { [CUP]: '2' } },
  { what: 'reservations.release', open: 'Release units' },
];

async function webhookActions(): Promise<Action[]> {
  const { endpointId } = await operator.webhooks.create.mutate({ url: 'https://1.1.1.1/' });
  await addDeadLetter(endpointId);
  const fields = { URL: 'https://1.1.1.1/' };
  return [
    { what: 'webhooks.create', at: '/webhooks', open: 'Add an endpoint', fields, hasSecret: true },
    { what: 'webhooks.replay', at: `/webhooks/${endpointId}`, open: 'Replay all' },
    { what: 'webhooks.update', open: 'Pause' },
    { what: 'webhooks.rotateSecret', open: 'Replace the secret', hasSecret: true },
    { what: 'webhooks.delete', open: 'Delete' },
  ];
}

const accessActions = (): Action[] => {
  const client = { 'Session or client': `clt_${'e'.repeat(22)}` };
  return [
    { what: 'keys.create', at: '/access', open: 'Create a key', fields: { Name: 'printer' }, hasSecret: true },
    { what: 'keys.create', open: 'Replace the key printer', hasSecret: true },
    { what: 'keys.revoke', open: 'Revoke the key printer' },
    { what: 'sessions.block', at: '/access?part=sessions', open: 'Block', fields: client },
    { what: 'sessions.unblock', open: 'Unblock' },
    { what: 'session.revoke', open: 'End sessions', fields: { Id: 'ada@shop.example' } },
  ];
};

const CATALOG = { name: 'catalog.csv', mimeType: 'text/csv', buffer: Buffer.from(`sku,onHand\n${LAMP},70`) };

/** The import and the repair. The store of this shop has no index that could be wrong, so the answer gets a fault. */
const auditActions = (): Action[] => [
  {
    what: 'stock.import',
    at: '/stock/import',
    first: async ({ page }) => {
      await page.getByLabel('File').setInputFiles(CATALOG);
      await page.getByRole('button', { name: 'Show what changes' }).press('Enter');
    },
    open: 'Apply the changes',
  },
  {
    what: 'admin.repairIndexes',
    at: '/audit',
    first: async ({ page }) => {
      await addIndexFault(page);
      await page.getByRole('button', { name: 'Run an audit' }).press('Enter');
    },
    open: 'Repair the indexes',
  },
];

/** Returns the procedures that the console calls to change something. */
function mutationsOfConsole(): string[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  const texts = files.map((name) => readFileSync(join(SOURCE, name), 'utf8')).join('\n');
  const called = [...texts.matchAll(/client\.(\w+\.\w+)\.mutate\b/g)].map(([, path = '']) => path);
  return [...new Set([...called, ...(texts.includes('.importStock(') ? ['stock.import'] : [])])].sort();
}

/** Returns the rows of a list, all its pages. */
async function rowsOf({ page }: OpenConsole, label: string): Promise<string[]> {
  const group = page.getByRole('group', { name: label, exact: true });
  await loadedRows(group).first().waitFor();
  for (const more = group.getByRole('button', { name: 'Show more' }); await more.count(); ) {
    const known = await loadedRows(group).count();
    await more.click();
    await loadedRows(group).nth(known).waitFor();
  }
  return loadedRows(group).allInnerTexts();
}

/** Does actions one after the other. Returns the reasons that it gave. */
async function walk(actions: readonly Action[]): Promise<string[]> {
  await using there = await openConsole(browser, shop, key);
  await there.goTo('');
  const whys = actions.map(({ what, open }) => `because of ${what} by ${open}`);
  for (const [index, action] of actions.entries()) expect(await act(there, action, whys[index] ?? '')).toEqual([]);
  expect(there.complaints).toEqual([]);
  await there.page.unrouteAll({ behavior: 'wait' });
  return whys;
}

/** Returns the rows of the events and of the ledger, as the console shows them. */
async function shownRows(): Promise<string[]> {
  await using there = await openConsole(browser, shop, key);
  await there.goTo('/access?part=events');
  const shown = await rowsOf(there, 'Events');
  for (const sku of [MUG, LAMP, CUP]) {
    await follow(there, `/stock/${sku}`);
    await there.page.getByRole('heading', { level: 1, name: sku }).waitFor();
    shown.push(...(await rowsOf(there, 'Ledger')));
  }
  return shown;
}

test('refuses each action without a reason, and shows the reason under the name of the key', async () => {
  const walks = [
    [...stockActions, ...(await holdActions()), ...saleActions(), ...auditActions()],
    [...(await orderActions()), ...(await reservationActions())],
    [...(await webhookActions()), ...accessActions()],
  ];
  const walked = new Set(walks.flat().map(({ what }) => what));
  expect([...walked].sort()).toEqual(mutationsOfConsole());
  const whys = (await Promise.all(walks.map(walk))).flat();
  const shown = await shownRows();
  const lost = whys.filter((why) => !shown.some((row) => row.includes(why) && row.includes(CLERK)));
  expect(lost).toEqual([]);
});

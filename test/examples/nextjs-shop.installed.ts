import { readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { CHROMIUM } from '../support/chromium.ts';
import { startProgram, type Program } from '../support/example-folder.ts';
import { type FakeStripe, startFakeStripe } from '../support/fake-stripe.ts';
import { packBoth, run } from '../support/tarballs.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/nextjs-stripe');
/** Installing and building takes a busy machine minutes. */
const STEP_MS_MAX = 600_000;
const HOLDFAST_KEY = 'operator-key-of-the-nextjs-shop';

let dir: TempDir;
let stripe: FakeStripe;
let holdfast: Program;
let next: Program;
let browser: Browser;

/** The example in an empty folder, with both packages as tarballs, and all others as its manifest names them. */
async function installed(): Promise<string> {
  const { holdfast, client } = await packBoth(join(dir.path, 'packed'));
  const folder = join(dir.path, 'shop');
  await cp(EXAMPLE, folder, { recursive: true, filter: (path) => !/node_modules|\.next/.test(path) });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  Object.assign(manifest.dependencies, { holdfast: `file:${holdfast}`, '@holdfast/client': `file:${client}` });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const command of ['npm install --prefer-offline --no-audit --no-fund --loglevel=error', 'npx next build']) {
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } as Record<string, string>;
    const { code, out, err } = await run('bash', ['-c', command], { cwd: folder, timeoutMs: STEP_MS_MAX, env });
    expect(code, `${command}\n${out}${err}`).toBe(0);
  }
  return folder;
}

beforeAll(async () => {
  dir = await tempDir();
  stripe = await startFakeStripe();
  const cwd = await installed();
  const { STRIPE_WEBHOOK_SECRET = '' } = stripe.env;
  holdfast = await startProgram('node_modules/.bin/holdfast', ['serve', '--port', '0'], {
    cwd,
    env: { OPERATOR_KEY: HOLDFAST_KEY, STRIPE_WEBHOOK_SECRET, LOG_LEVEL: 'info' },
    ready: /"url":"(http:[^"]+)"/,
  });
  next = await startProgram('node_modules/.bin/next', ['start', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd,
    env: { ...stripe.env, HOLDFAST_URL: holdfast.url, HOLDFAST_KEY, NODE_ENV: 'production' },
    ready: /(http:\/\/127\.0\.0\.1:\d+)/,
  });
  browser = await chromium.launch(CHROMIUM);
  const operator = createHoldfastClient({ url: holdfast.url, operatorKey: HOLDFAST_KEY });
  for (const sku of ['TICKET-FRI', 'TICKET-SAT']) {
    await operator.stock.define.mutate({ sku, unitPrice: { amount: 4_500, currency: 'EUR' } });
    await operator.stock.receive.mutate({ sku, quantity: 3 });
  }
}, 2 * STEP_MS_MAX);

afterAll(async () => {
  await browser.close();
  await next[Symbol.asyncDispose]();
  await holdfast[Symbol.asyncDispose]();
  await stripe[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** Opens the shop as a new visitor, and puts tickets of a product, the first one or the second one, in the cart. */
async function visitorWith(tickets: number, product = 0): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(next.url);
  await page.getByLabel('Tickets').nth(product).fill(String(tickets));
  await page.getByRole('button', { name: 'Add to cart' }).nth(product).click();
  return page;
}

/** Pays the cart as far as Stripe's page. Returns the id of the payment session and of the order. */
async function toStripe(page: Page): Promise<{ sessionId: string; orderPage: string }> {
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByText('The payment page').waitFor();
  const sessionId = page.url().split('/').at(-1) ?? '';
  const orderId = stripe.sessions.get(sessionId)?.get('metadata[orderId]') ?? '';
  return { sessionId, orderPage: `${next.url}/orders/${orderId}` };
}

test(
  'a buyer pays, and sees the order once Stripe has reported the payment',
  async () => {
    const page = await visitorWith(2);
    await page.getByText('Only 1 left').first().waitFor();
    await page.goto(`${next.url}/cart`);
    await page.getByText('2 × Friday').waitFor();
    const { sessionId, orderPage } = await toStripe(page);
    await page.goto(orderPage);
    await page.getByText('Waiting for your payment').waitFor();
    expect((await stripe.send(`${next.url}/api/stripe`, sessionId, {}, 'whsec_of_a_forger')).status).toBe(400);
    expect((await stripe.send(`${next.url}/api/stripe`, sessionId)).status).toBe(200);
    await page.reload();
    await page.getByText('Thank you, it is yours').waitFor();
    const stranger = await visitorWith(1, 1);
    await stranger.getByText('Only 2 left').waitFor();
    expect((await stranger.goto(orderPage))?.status()).toBe(404);
  },
  STEP_MS_MAX,
);

test(
  'a buyer who asks for too much reads how much is left',
  async () => {
    const page = await visitorWith(5);
    expect(await page.getByRole('alert').filter({ hasText: /./ }).first().textContent()).toBe('Friday: only 1 left.');
  },
  STEP_MS_MAX,
);

test(
  'a buyer who turns back has the tickets in the cart again',
  async () => {
    const page = await visitorWith(1);
    await page.getByText('All in carts or sold').waitFor();
    await page.goto(`${next.url}/cart`);
    const { orderPage } = await toStripe(page);
    await page.goto(orderPage);
    await page.getByRole('button', { name: 'Back to the cart' }).click();
    await page.waitForURL(`${next.url}/cart`);
    await page.getByText('1 × Friday').waitFor();
    expect(await page.getByRole('button', { name: 'Pay €45.00' }).count()).toBe(1);
  },
  STEP_MS_MAX,
);

import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/react-product-page', import.meta.url));

describe('the React example in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update'];
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  });
  afterAll(() => browser.close());

  /** Starts a shop whose holds last `holdMs`, and the page that sells from it. */
  async function visit(holdMs: number, env: Record<string, string> = {}) {
    const shop = await startShop({ LOG_LEVEL: 'silent', CORS_ORIGINS: '*', HOLD_TTL_MS: String(holdMs), ...env });
    const operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
    const price = { amount: 3_400, currency: 'EUR' };
    await operator.stock.define.mutate({ sku: 'KEEPER-M', unitPrice: price, limitPerCustomer: 3 });
    await operator.stock.receive.mutate({ sku: 'KEEPER-M', quantity: 4 });
    const out = await tempDir();
    vi.stubEnv('VITE_HOLDFAST_URL', shop.url);
    const config = { configFile: `${EXAMPLE}/vite.config.ts`, build: { outDir: out.path, emptyOutDir: true } };
    await build({ ...config, logLevel: 'silent' });
    const served = await preview({ ...config, preview: { port: 0, strictPort: false, host: '127.0.0.1' } });
    const page = await browser.newPage();
    await page.goto(served.resolvedUrls?.local[0] ?? '');
    return {
      page,
      operator,
      async [Symbol.asyncDispose]() {
        await page.close();
        await served.close();
        await shop[Symbol.asyncDispose]();
        await out[Symbol.asyncDispose]();
      },
    };
  }

  test('follows the stock, adds, shows a refusal, and buys', async () => {
    await using there = await visit(600_000);
    const { page, operator } = there;
    await page.getByText('Only 4 left').waitFor();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('timer').waitFor();
    await page.getByText('Only 3 left').waitFor();
    await operator.stock.receive.mutate({ sku: 'KEEPER-M', quantity: 1 });
    await page.getByText('Only 4 left').waitFor();
    await page.getByRole('combobox').selectOption('3');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('At most 3 pieces for each customer; you have 1 already.').waitFor();
    await page.getByRole('button', { name: 'Buy now for €34.00' }).click();
    await page.getByText('Thank you').waitFor();
    expect(await operator.admin.audit.query()).toMatchObject({ ok: true, totals: { sold: 1, reserved: 0 } });
  });

  test('shows the line that has expired', async () => {
    await using there = await visit(1_000);
    const { page } = there;
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('1 × The keeper tee, M went back on sale').waitFor();
    await page.getByText('Only 4 left').waitFor();
    expect(await page.getByRole('timer').count()).toBe(0);
  });

  test('solves a proof of work before it adds a protected SKU', async () => {
    const secret = { ADMISSION_SECRET: 'a-secret-of-the-desk-with-enough-characters' };
    vi.stubEnv('ADMISSION_SECRET', secret.ADMISSION_SECRET);
    await using there = await visit(600_000, secret);
    const { page, operator } = there;
    await operator.stock.define.mutate({ sku: 'KEEPER-M', protected: true });
    const admission = page.waitForResponse('**/desk/admission');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    expect((await admission).status()).toBe(200);
    await page.getByRole('button', { name: 'Buy now for €34.00' }).waitFor();
    expect(await operator.stock.level.query({ sku: 'KEEPER-M' })).toMatchObject({ reserved: 1 });
  });

  test('reports a lost connection, and adds once when the shopper retries', async () => {
    await using there = await visit(600_000);
    const { page, operator } = there;
    await page.getByText('Only 4 left').waitFor();
    // The server applies the call, but its answer is lost.
    await page.route('**/trpc/cart.add**', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('No connection to the shop').waitFor();
    await page.unroute('**/trpc/cart.add**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No connection to the shop').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Buy now for €34.00' }).waitFor();
    expect(await operator.stock.level.query({ sku: 'KEEPER-M' })).toMatchObject({ reserved: 1 });
  });
});

import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { build, createLogger, type InlineConfig, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const CLIENT_GZIP_BYTES_MAX = 40_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = `${ROOT}/examples/react-product-page`;

/** Builds for browsers; what vite warns of is returned, with the code. */
async function bundle(config: InlineConfig): Promise<{ warnings: string[]; code: string }> {
  const warnings: string[] = [];
  const customLogger = createLogger('warn');
  const warn = (message: string): void => {
    warnings.push(message);
  };
  Object.assign(customLogger, { warn, warnOnce: warn });
  const built = await build({ ...config, customLogger });
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  return { warnings, code: outputs.map((each) => (each.type === 'chunk' ? each.code : '')).join('\n') };
}

const expectFrontend = ({ warnings, code }: { warnings: string[]; code: string }): void => {
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/["'`]node:/);
  expect(code).not.toMatch(/ioredis|OPERATOR_KEY|SESSION_SECRET/);
};

test('the client alone is small, and needs nothing that a browser lacks', async () => {
  const built = await bundle({
    configFile: false,
    root: ROOT,
    build: { write: false, lib: { entry: 'dist/client/client.js', formats: ['es'] } },
  });
  expectFrontend(built);
  expect(built.code).not.toMatch(/^\s*import\b/m);
  expect(gzipSync(built.code).length).toBeLessThan(CLIENT_GZIP_BYTES_MAX);
});

test('the React example builds', async () => {
  const built = await bundle({ configFile: `${EXAMPLE}/vite.config.ts`, root: EXAMPLE, build: { write: false } });
  expectFrontend(built);
  expect(built.code).toContain('Add to cart');
});

// The suite installs no browser: CHROMIUM=/usr/bin/chromium names one.
const executablePath = process.env.CHROMIUM;

describe.skipIf(executablePath === undefined)('the React example in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update'];
    browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args });
  });
  afterAll(() => browser.close());

  /** A shop whose holds last `holdMs`, and the page that sells from it. */
  async function visit(holdMs: number) {
    const shop = await startShop({ LOG_LEVEL: 'silent', CORS_ORIGINS: '*', HOLD_TTL_MS: String(holdMs) });
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

  test('a shopper follows the stock, adds, is refused, buys', async () => {
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

  test('what expires is told', async () => {
    await using there = await visit(1_000);
    const { page } = there;
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('1 × The keeper tee, M went back on sale').waitFor();
    await page.getByText('Only 4 left').waitFor();
    expect(await page.getByRole('timer').count()).toBe(0);
  });

  test('a lost connection is told, and asking again adds once', async () => {
    await using there = await visit(600_000);
    const { page, operator } = there;
    await page.getByText('Only 4 left').waitFor();
    // The server acts, but the answer never comes through.
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

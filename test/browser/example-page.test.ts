import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { build, createLogger, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { CHROMIUM } from '../support/chromium.ts';
import { exampleFolder } from '../support/example-folder.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';

/** Packing the client takes a busy machine a minute, unless another test has done it. */
const BUILD_MS_MAX = 400_000;
const WAIT_MS_MAX = 100_000;
vi.setConfig({ testTimeout: 2 * WAIT_MS_MAX });

/** What the page is built for. Each shop listens on a port of its own, and the page is built only once. */
const URL_TO_REPLACE = 'http://holdfast.invalid';

interface BuiltPage {
  warnings: string[];
  /** The files with code, which each visit writes again, with the URL of its shop. */
  chunks: { path: string; code: string }[];
}

async function builtPage(folder: string): Promise<BuiltPage> {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
  };
  const customLogger = Object.assign(createLogger('warn'), { warn, warnOnce: warn });
  const built = await build({ configFile: join(folder, 'vite.config.ts'), customLogger });
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  const chunks = outputs.flatMap((each) =>
    each.type === 'chunk' ? [{ path: join(folder, 'dist', each.fileName), code: each.code }] : [],
  );
  return { warnings, chunks };
}

describe('the React example, outside of the repository, in a browser', () => {
  let browser: Browser;
  let folder: Awaited<ReturnType<typeof exampleFolder>>;
  let built: BuiltPage;
  beforeAll(async () => {
    folder = await exampleFolder('react-product-page');
    vi.stubEnv('VITE_HOLDFAST_URL', URL_TO_REPLACE);
    // Not "test", with which the page would have the development build of React.
    vi.stubEnv('NODE_ENV', 'production');
    built = await builtPage(folder.path);
    vi.unstubAllEnvs();
    browser = await chromium.launch(CHROMIUM);
  }, BUILD_MS_MAX);
  afterAll(async () => {
    await browser.close();
    await folder[Symbol.asyncDispose]();
  });

  /** Starts a shop whose holds last `holdMs`, and the page that sells from it. */
  async function visit(holdMs: number, env: Record<string, string> = {}) {
    const settings = { LOG_LEVEL: 'silent', CORS_ORIGINS: '*', HOLD_TTL_MS: String(holdMs) };
    const shop = await startShop({ ...settings, ...env });
    const operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
    const price = { amount: 3_400, currency: 'EUR' };
    await operator.stock.define.mutate({ sku: 'KEEPER-M', unitPrice: price, limitPerCustomer: 3 });
    await operator.stock.receive.mutate({ sku: 'KEEPER-M', quantity: 4 });
    vi.stubEnv('VITE_HOLDFAST_URL', shop.url);
    vi.stubEnv('OPERATOR_KEY', OPERATOR_KEY);
    for (const { path, code } of built.chunks) await writeFile(path, code.replaceAll(URL_TO_REPLACE, shop.url));
    const configFile = join(folder.path, 'vite.config.ts');
    const served = await preview({ configFile, preview: { port: 0, strictPort: false, host: '127.0.0.1' } });
    const context = await browser.newContext();
    context.setDefaultTimeout(WAIT_MS_MAX);
    const page = await context.newPage();
    await page.goto(served.resolvedUrls?.local[0] ?? '');
    return {
      page,
      operator,
      async [Symbol.asyncDispose]() {
        await context.close();
        await served.close();
        await shop[Symbol.asyncDispose]();
      },
    };
  }

  test('builds without a warning, and has nothing of a server', () => {
    expect(built.warnings).toEqual([]);
    const code = built.chunks.map((each) => each.code).join('\n');
    expect(code).toContain('Add to cart');
    expect(code).not.toMatch(/["'`]node:|ioredis|OPERATOR_KEY|SESSION_SECRET|lovelace/);
  });

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

  test('logs a guest in with the cart, and begins a new session where one was revoked', async () => {
    await using there = await visit(600_000);
    const { page, operator } = there;
    await page.getByText('Only 4 left').waitFor();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('button', { name: 'Buy now for €34.00' }).waitFor();
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Check the name and the password').waitFor();
    await page.getByLabel('Password').fill('lovelace');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Logged in as ada').waitFor();
    await page.getByRole('button', { name: 'Buy now for €34.00' }).waitFor();
    const { items } = await operator.holds.top.query({ sku: 'KEEPER-M', by: 'session' });
    expect(items).toMatchObject([{ holder: expect.stringMatching(/^customer:/), units: 1 }]);
    expect(await page.evaluate('[document.cookie, localStorage.length]')).toEqual(['', 0]);

    await operator.session.revoke.mutate({ customerId: 'customer-1' });
    await page.getByRole('button', { name: 'One more' }).click();
    await page.getByText('Nothing in it yet.').waitFor();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('button', { name: 'Buy now for €34.00' }).waitFor();
  });
});

import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startShop } from '../support/shop-server.ts';
import { builtClientPackage } from '../support/tarballs.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const GZIP_BYTES_MAX = 12_000;
const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = ['@trpc/client', '@trpc/server'];

let app: TempDir;
let packageFolder: string;

/** The folder of an app that has installed the client and what it depends on, and no types of Node. */
beforeAll(async () => {
  packageFolder = await builtClientPackage();
  app = await tempDir();
  const modules = join(app.path, 'node_modules');
  for (const scope of ['@holdfast', '@trpc']) await mkdir(join(modules, scope), { recursive: true });
  await symlink(packageFolder, join(modules, '@holdfast/client'));
  for (const name of PACKAGES) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
}, 500_000);
afterAll(() => app[Symbol.asyncDispose]());

const PAGE = `
import { createHoldfastClient, createHoldfastFiles, idempotencyKeyOf, isRefusal, newIdempotencyKey, reasonOf } from '@holdfast/client';
import type { Cart, ImportReport, Inputs, MetaOf, Order, Outputs, Reason } from '@holdfast/client';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(proof?: T): T | undefined => proof;

export async function page(url: string): Promise<Order> {
  const shop = createHoldfastClient({ url, sessionId: async () => 'shopper-of-a-page' });
  const input: Inputs['cart']['add'] = { sku: 'lamp', quantity: 1, mode: 'best_effort' };
  const cart = await shop.cart.add.mutate(input);
  holds<Equal<Outputs['cart']['get'], Cart>>();
  holds<Equal<typeof cart.granted, number>>();
  holds<Equal<MetaOf<'limit_exceeded'>, { sku: string; limit: number; already: number }>>();
  // @ts-expect-error A quantity is a number.
  await shop.cart.add.mutate({ sku: 'lamp', quantity: '1' });
  // @ts-expect-error A checkout has a key.
  await shop.checkout.place.mutate({});
  const files = createHoldfastFiles({ url, operatorKey: 'key' });
  const report: ImportReport = await files.importStock(new Blob(['sku']), { dryRun: true });
  holds<Equal<typeof report.problemCount, number>>();
  // @ts-expect-error An import that changes something has a key.
  await files.importStock('sku', { again: true });
  for await (const bytes of files.exportStock({ format: 'jsonl' })) holds<Equal<typeof bytes.byteLength, number>>();
  const watch = shop.stock.watch.subscribe({ skus: ['lamp'] }, { onData: ({ data }) => holds<Equal<typeof data.version, number>>() });
  watch.unsubscribe();
  try {
    return await shop.checkout.place.mutate({ idempotencyKey: newIdempotencyKey() });
  } catch (error) {
    const reason: Reason | null = reasonOf(error);
    // @ts-expect-error There is no such reason.
    isRefusal(error, 'sold_out');
    if (isRefusal(error, 'insufficient_stock')) throw new Error(String(error.data.meta.lines[0]?.available));
    throw new Error(String(reason) + String(idempotencyKeyOf(error)));
  }
}
`;

/** Returns the type errors of a module, in it and in all libraries, and the files that were read. */
async function checked(name: string, text: string, options: ts.CompilerOptions = {}) {
  const file = join(app.path, name);
  await writeFile(file, text);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    preserveSymlinks: true,
    noEmit: true,
    types: [],
    ...options,
  });
  const faults = ts.getPreEmitDiagnostics(program).map(({ file: source, messageText }) => {
    return `${source?.fileName.replace(/^.*node_modules/, '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  return { faults, read: program.getSourceFiles().map(({ fileName }) => fileName) };
}

test('a page that checks all libraries, and has no types of Node, has no type error', async () => {
  const { faults, read } = await checked('page.ts', PAGE);
  expect(faults).toEqual([]);
  const ofPackages = read.filter((name) => name.includes('/node_modules/') && !name.includes('/typescript/lib/'));
  expect(ofPackages.map((name) => name.replace(/^.*node_modules\//, ''))).toEqual(['@holdfast/client/index.d.ts']);
}, 120_000);

test('the tools of tRPC accept the client, with the same inputs and outputs', async () => {
  expect((await checked('tools.ts', TOOLS, { skipLibCheck: true })).faults).toEqual([]);
}, 120_000);

const TOOLS = `
import { createHoldfastClient, type Inputs, type Outputs } from '@holdfast/client';
import { type AppRouter, trpcClientOf } from '@holdfast/client/trpc';
import type { TRPCClient } from '@trpc/client';
import type { AnyTRPCRouter, inferRouterInputs, inferRouterOutputs } from '@trpc/server';
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(proof?: T): T | undefined => proof;
const client: TRPCClient<AppRouter> = trpcClientOf(createHoldfastClient({ url: '' }));
holds<AppRouter extends AnyTRPCRouter ? true : false>();
holds<Equal<inferRouterInputs<AppRouter>['cart']['add'], Inputs['cart']['add']>>();
holds<Equal<inferRouterOutputs<AppRouter>['cart']['add'], Outputs['cart']['add']>>();
holds<Equal<Awaited<ReturnType<typeof client.cart.get.query>>, Outputs['cart']['get']>>();
`;

const SHOP = `
import { createHoldfastClient, isRefusal } from '@holdfast/client';
const shop = createHoldfastClient({ url: globalThis.SHOP_URL, sessionId: 'shopper-of-a-page' });
shop.stock.watch.subscribe({ skus: ['lamp'] }, { onData: ({ data }) => report(data), onError: (error) => report(error.message) });
shop.cart.add.mutate({ sku: 'lamp', quantity: 2 })
  .then((cart) => report(cart.granted), (error) => report(isRefusal(error, 'insufficient_stock') && error.data.meta));
`;

/** Returns the code of a product page, as Vite builds it for production. */
async function builtPage(): Promise<string> {
  const entry = join(app.path, 'shop.js');
  await writeFile(entry, SHOP);
  const built = await build({
    configFile: false,
    root: app.path,
    logLevel: 'warn',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: 'page' } },
  });
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  return outputs.map((each) => (each.type === 'chunk' ? each.code : '')).join('');
}

test('what a product page uses is at most 12 kB, and nothing for Node', async () => {
  const code = await builtPage();
  expect(gzipSync(code).length).toBeLessThan(GZIP_BYTES_MAX);
  expect(code).not.toMatch(/["'`]node:|superjson|httpBatchStreamLink/);
});

test('a platform with fetch, and without crypto, EventSource and streams, sells and says what it lacks', async () => {
  await using server = await startShop({ LOG_LEVEL: 'silent' });
  await server.mutate('stock.define', { sku: 'lamp' }, { operator: true });
  await server.mutate('stock.receive', { sku: 'lamp', quantity: 5 }, { operator: true });
  const reports: unknown[] = [];
  const { URL, URLSearchParams, AbortController, AbortSignal, TextEncoder, TextDecoder } = globalThis;
  const globals = { URL, URLSearchParams, AbortController, AbortSignal, TextEncoder, TextDecoder, setTimeout };
  const done = new Promise<void>((resolve) => {
    const report = (value: unknown): void => {
      if (reports.push(value) === 2) resolve();
    };
    const context = createContext({ ...globals, clearTimeout, fetch: globalThis.fetch, SHOP_URL: server.url, report });
    void builtPage().then((code) => runInContext(code, context));
  });
  await done;
  expect(reports).toContainEqual(expect.stringContaining('stock.watch needs EventSource'));
  expect(reports).toContain(2);
});

test('the manifest has two dependencies, no side effects, and the version of the server', () => {
  const read = (folder: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const manifest = read(packageFolder);
  expect(Object.keys(manifest['dependencies'] as object)).toEqual(['@trpc/client', '@trpc/server']);
  expect(manifest).toMatchObject({ sideEffects: false, type: 'module', version: read(ROOT)['version'] });
});

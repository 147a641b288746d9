import type { Page } from 'playwright-core';
import { csvRows } from '../../src/api/bulk/csv-rows.ts';
import { createHoldfastClient } from '../../src/client/client.ts';
import { createHoldfast } from '../../src/index.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { openBrowser, openConsole } from '../../test/console/open-console.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../../test/support/server-process.ts';
import { pause } from '../../src/runtime/pause.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { median, rounded } from '../core/ratio.ts';
import type { Plan, Report, ReportResult, ReportRow } from '../core/types.ts';
import { AS_OPERATOR, skuName } from '../support/goods.ts';
import { startBenchRedis } from '../support/redis-shop.ts';

const SKUS = 1_000_000;
const SMOKE_SKUS = 5_000;
const ROUNDS = 7;
/** SKUs at the end that are lanterns with few units, and those of them without any. */
const FEW = 60;
const NONE = 30;
const PART_ROWS = 500;
const PROBE_MS = 20;

async function* catalog(skus: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('sku,title,onHand\n');
  for (let from = 0; from < skus; from += PART_ROWS) {
    const line = (row: number): string => {
      const left = skus - row;
      const onHand = left <= NONE ? 0 : left <= FEW ? 3 : 20;
      return `${skuName(row)},${left <= FEW ? 'Rare lantern' : 'A mug of the autumn range'},${onHand}\n`;
    };
    yield Buffer.from(Array.from({ length: PART_ROWS }, (_, at) => line(from + at)).join(''));
  }
}

async function fillShop(store: Store, skus: number): Promise<void> {
  const holdfast = createHoldfast({ store, inputs: 'trusted' });
  const result = await holdfast.bulk.import(csvRows(catalog(skus)), { key: 'catalog' }, AS_OPERATOR);
  if (!result.ok || result.value.applied !== skus) throw new Error(`the import returned ${JSON.stringify(result)}`);
  await holdfast.close();
  await store.close();
}

/** A filled store, and the settings of a server on it. */
interface Filled extends AsyncDisposable {
  settings: Record<string, string>;
}

async function fillEmbedded(skus: number): Promise<Filled> {
  const dir = await tempDir();
  await fillShop(await openEmbeddedStore({ dir: dir.path, shop: 'main' }), skus);
  return { settings: { DATA_DIR: dir.path }, [Symbol.asyncDispose]: async () => dir[Symbol.asyncDispose]() };
}

async function fillRedis(skus: number): Promise<Filled> {
  const redis = await startBenchRedis('everysec');
  await fillShop(await openRedisStore({ url: redis.url, shop: 'main', durability: 'relaxed' }), skus);
  return { settings: { REDIS_URL: redis.url }, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}

const STORES = [
  { name: 'embedded', fill: fillEmbedded },
  { name: 'Redis', fill: fillRedis },
] as const;

/** What an operator does on the screen with the first SKUs, and the first row that has to appear. */
interface Search {
  name: string;
  act: (page: Page) => Promise<unknown>;
  first: (skus: number) => string;
}

const typing = (text: string) => (page: Page) => page.getByPlaceholder('Name of a SKU').fill(text);
const choosing = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).click();

const SEARCHES: readonly Search[] = [
  { name: 'the beginning of a SKU is typed', act: typing('SKU-0004'), first: () => skuName(4_000) },
  { name: 'a contained text is typed', act: typing('lantern'), first: (skus) => skuName(skus - FEW) },
  { name: 'low is chosen', act: choosing('Low'), first: (skus) => skuName(skus - FEW) },
  { name: 'out is chosen', act: choosing('Out'), first: (skus) => skuName(skus - NONE) },
];

const rowOf = (page: Page, sku: string) => page.getByRole('row').filter({ hasText: sku });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Opens the list anew, so that the browser has read nothing yet, and returns how long its first rows take. */
const openList = (page: Page, url: string, search = ''): Promise<number> =>
  timed(async () => {
    await page.goto(`${url}/console/stock${search}`);
    await rowOf(page, skuName(0)).waitFor();
  });

async function measureSearch(page: Page, url: string, { act, first }: Search, skus: number): Promise<number> {
  const contains = act === SEARCHES[1]?.act;
  await openList(page, url);
  if (contains) await page.getByRole('button', { name: 'Contains, titles too' }).click();
  return timed(async () => {
    await act(page);
    await rowOf(page, first(skus)).waitFor();
  });
}

/** Calls `stock.level` again and again until `work` has ended, and returns how long the answers took. */
async function answersDuring(server: ServerProcess, work: () => Promise<void>): Promise<number[]> {
  const client = createHoldfastClient({ url: server.url, operatorKey: OPERATOR_KEY });
  const answers: number[] = [];
  const over = new AbortController();
  const working = work().finally(() => over.abort());
  while (!over.signal.aborted) {
    answers.push(await timed(() => client.stock.level.query({ sku: skuName(1) })));
    await pause(PROBE_MS, over.signal);
  }
  await working;
  return answers;
}

async function buildIndex(server: ServerProcess): Promise<void> {
  const client = createHoldfastClient({ url: server.url, operatorKey: OPERATOR_KEY });
  for (let cursor: string | undefined; ; ) {
    const page = await client.stock.list.query({ availableMax: 0, limit: NONE, ...(cursor && { cursor }) });
    if (page.items.length === NONE || page.nextCursor === undefined) return;
    cursor = page.nextCursor;
  }
}

async function measure(name: string, settings: Record<string, string>, skus: number): Promise<ReportRow[]> {
  await using server = await startServerProcess({ ...settings, LOG_LEVEL: 'info' });
  const browser = await openBrowser();
  const rows: ReportRow[] = [];
  const row = (what: string, values: readonly number[]): void => {
    const text = `${rounded(median(values))}, ${rounded(Math.max(...values))}`;
    rows.push({ name: `${name}: ${what}, median and worst`, value: text, unit: 'ms' });
  };
  try {
    const building = await timed(async () => {
      row('stock.level while the index is built', await answersDuring(server, () => buildIndex(server)));
    });
    rows.push({ name: `${name}: until the first search has its rows`, value: rounded(building), unit: 'ms' });
    await using there = await openConsole(browser, server);
    const { page } = there;
    const opened: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) opened.push(await openList(page, server.url));
    row('the list is opened', opened);
    for (const search of SEARCHES) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) times.push(await measureSearch(page, server.url, search, skus));
      row(search.name, times);
    }
  } finally {
    await browser.close();
  }
  return rows;
}

async function run(plan: Plan): Promise<ReportResult> {
  const skus = plan.smoke ? SMOKE_SKUS : SKUS;
  const rows: ReportRow[] = [];
  for (const { name, fill } of STORES) {
    await using filled = await fill(skus);
    plan.say(`${name}: filled`);
    rows.push(...(await measure(name, filled.settings, skus)));
  }
  return { rows };
}

export const consoleStock: Report = {
  key: 'console_stock',
  about: 'how long the first rows of 1,000,000 SKUs take in the console, in Chromium on both stores',
  seconds: 420,
  run,
};

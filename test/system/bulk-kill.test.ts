import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import type { ImportReport } from '../../src/contract/outputs/stock-outputs.ts';
import { expectSound } from '../support/books.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { csvOf, skuOf } from '../support/import-files.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROWS = 20_000;
const KILL_AT_ROWS = 8_000;
const KEY = 'catalog of the night';

interface Base extends AsyncDisposable {
  environment: Record<string, string>;
}

const bases: { name: string; open: () => Promise<Base> }[] = [
  {
    name: 'embedded',
    async open() {
      const dir = await tempDir();
      return { environment: { DATA_DIR: dir.path }, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
    },
  },
  {
    name: 'redis',
    async open() {
      const redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
      return { environment: { REDIS_URL: redis.url }, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
    },
  },
];

/** Sends the whole file. Resolves to the last line of the answer. Rejects when the server ends. */
async function sendFile({ url }: ServerProcess): Promise<ImportReport> {
  const sent = request(`${url}/api/v1/stock/import?format=csv&key=${encodeURIComponent(KEY)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${OPERATOR_KEY}` },
  });
  const answered = new Promise<string>((resolve, reject) => {
    sent.once('error', reject).once('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve(text)).on('error', reject);
    });
  });
  const [text] = await Promise.all([answered, pipeline(Readable.from(csvOf(ROWS)), sent)]);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport;
}

const statusOf = async (caller: HttpCaller): Promise<ImportReport | null> =>
  must(await caller.asOperator().query('stock.importStatus', { key: KEY }));

/** Every row was imported, and no SKU was moved twice. */
async function expectRows(caller: HttpCaller): Promise<void> {
  let index = 0;
  for (let cursor: string | undefined; ; ) {
    const page = must(await caller.asOperator().query('stock.list', { limit: 500, ...(cursor ? { cursor } : {}) }));
    for (const level of page.items) {
      expect([level.sku, level.onHand, level.title]).toEqual([skuOf(index), index + 1, `A mug, number ${index}`]);
      index += 1;
    }
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  expect(index).toBe(ROWS);
}

/** The sequence of a SKU's only movement is also its version: no later transaction has touched it. */
async function expectOneMovement(caller: HttpCaller, rows: readonly number[]): Promise<void> {
  for (const row of rows) {
    const { movements } = must(await caller.asOperator().query('stock.history', { sku: skuOf(row) }));
    expect(movements.map(({ kind, quantity }) => [kind, quantity])).toEqual([['counted', row + 1]]);
  }
}

test.each(bases)(
  'resumes a file after its last row when the server on $name was killed',
  { timeout: 60_000 },
  async ({ open }) => {
    await using base = await open();
    const killed = await startServerProcess(base.environment);
    const before = new HttpCaller(killed.url);
    const broken = sendFile(killed).then(
      () => 'answered',
      () => 'broken',
    );
    await poll(async () => ((await statusOf(before))?.rows ?? 0) >= KILL_AT_ROWS, { timeoutMs: 30_000 });
    await killed.kill9();
    before.close();
    expect(await broken).toBe('broken');

    await using server = await startServerProcess(base.environment);
    const caller = new HttpCaller(server.url);
    const reached = (await statusOf(caller))!;
    expect(reached.done).toBe(false);
    expect(reached.rows).toBeGreaterThanOrEqual(KILL_AT_ROWS);
    const report = await sendFile(server);
    expect(report).toMatchObject({ rows: ROWS, applied: ROWS, problemCount: 0, resumedFrom: reached.rows, done: true });
    await expectRows(caller);
    const around = [-250, -1, 0, 1, 249].map((offset) => reached.rows + offset);
    await expectOneMovement(caller, [0, ...around, ROWS - 1]);
    await expectSound(caller);
    caller.close();
  },
);

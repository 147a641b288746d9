import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { expectSound } from '../support/books.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BIN = join(import.meta.dirname, '../../dist/cli/bin.js');

/** Runs the built command line in a child process. */
function run(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [BIN, ...args],
      { env: { PATH: process.env['PATH'] ?? '', ...env } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

let home: TempDir;
let server: ServerProcess;
let data: string;
let backup: string;
/** What the server has acknowledged: in all, and before the backup began. */
const acknowledged = { received: 0, orders: [] as string[] };
let begun: typeof acknowledged;
const RECEIVED = { sku: 'A1', quantity: 1 } as const;
beforeAll(async () => {
  home = await tempDir();
  data = join(home.path, 'data');
  backup = join(home.path, 'shop.backup');
  server = await startServerProcess({ DATA_DIR: data });
  const caller = new HttpCaller(server.url);
  const operator = caller.asOperator();
  for (let index = 0; index < 20; index += 1) must(await operator.mutate('stock.define', { sku: `A${index}` }));
  must(await operator.mutate('stock.receive', { sku: 'A0', quantity: 10_000 }));
  // Shoppers buy and goods arrive before, during and after the backup.
  const state = { isDone: false };
  const receiving = async (): Promise<void> => {
    for (; !state.isDone; acknowledged.received += 1) must(await operator.mutate('stock.receive', RECEIVED));
  };
  const buying = async (shopper: string): Promise<void> => {
    for (let visit = 0; !state.isDone; visit += 1) {
      const session = caller.as(`${shopper}-visit-${visit}`);
      must(await session.mutate('cart.add', { sku: 'A0', quantity: 1 }));
      acknowledged.orders.push(
        must(await session.mutate('checkout.place', { idempotencyKey: `${shopper}-order-${visit}` })).orderId,
      );
    }
  };
  const calls = [receiving(), receiving(), buying('shopper-a'), buying('shopper-b')];
  await vi.waitUntil(() => acknowledged.received > 0 && acknowledged.orders.length > 0, { timeout: 60_000 });
  begun = { received: acknowledged.received, orders: [...acknowledged.orders] };
  const made = await run(['backup', backup], { HOLDFAST_URL: server.url, OPERATOR_KEY });
  const during = acknowledged.orders.length - begun.orders.length;
  state.isDone = true;
  await Promise.all(calls);
  if (made.code !== 0) throw new Error(`the backup failed: ${made.err}`);
  if (during === 0) throw new Error('no order was placed while the backup was made');
  caller.close();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

test('restores a backup of a running server: all that was acknowledged before it, in a new epoch', async () => {
  expect((statSync(backup).mode & 0o777).toString(8)).toBe('600');
  expect(readdirSync(data).filter((name) => name.includes('backup'))).toEqual([]);
  const restored = join(home.path, 'restored');
  const { code, out, err } = await run(['restore', backup, '--data-dir', restored, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { skus, epoch, sequence } = JSON.parse(out) as { skus: number; epoch: number; sequence: number };
  expect(skus).toBe(20);
  expect(epoch).toBeGreaterThan(0);
  expect(await run(['check', '--data-dir', restored])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/check: ok$/m),
  });
  await using next = await startServerProcess({ DATA_DIR: restored });
  const caller = new HttpCaller(next.url);
  const operator = caller.asOperator();
  const { onHand } = must(await operator.query('stock.level', { sku: 'A1' }));
  expect(onHand).toBeGreaterThanOrEqual(begun.received);
  expect(onHand).toBeLessThanOrEqual(acknowledged.received);
  for (const orderId of begun.orders) {
    expect(must(await operator.query('orders.get', { orderId })).status).toBe('placed');
  }
  const sold = must(await operator.query('stock.level', { sku: 'A0' }));
  expect(sold.committed).toBeGreaterThanOrEqual(begun.orders.length);
  expect(sold.committed).toBeLessThanOrEqual(acknowledged.orders.length);
  const level = must(await operator.mutate('stock.receive', RECEIVED));
  expect(level.version).toBeGreaterThan(sequence);
  await expectSound(caller);
  caller.close();
});

test('restore refuses a directory that is not empty and a truncated backup, and leaves no files', async () => {
  const full = await run(['restore', backup, '--data-dir', home.path]);
  expect([full.code, full.err]).toEqual([1, expect.stringContaining('is not empty: restore into a new directory')]);
  const inFile = await run(['restore', backup, '--data-dir', join(backup, 'data')]);
  const sentence = /^holdfast: \S+data cannot be used \(mkdir: ENOTDIR\): check that it is the right path, [^\n]*\n$/;
  expect([inFile.code, inFile.err]).toEqual([2, expect.stringMatching(sentence)]);
  const cut = join(home.path, 'cut.backup');
  writeFileSync(cut, readFileSync(backup));
  truncateSync(cut, Math.floor(statSync(cut).size / 2));
  const target = join(home.path, 'from-cut');
  const short = await run(['restore', cut, '--data-dir', target]);
  expect([short.code, short.err]).toEqual([3, expect.stringMatching(/^holdfast: [^\n]* was cut short: [^\n]*\n$/)]);
  expect(existsSync(target)).toBe(false);
  const missing = await run(['restore', join(home.path, 'nowhere'), '--data-dir', target]);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('nowhere does not exist')]);
});

test('restore and check refuse a copied directory of a running server; --adopt accepts it', async () => {
  const copy = join(home.path, 'copy');
  cpSync(data, copy, { recursive: true });
  const restored = await run(['restore', copy, '--data-dir', join(home.path, 'from-copy')]);
  expect([restored.code, restored.err]).toEqual([1, expect.stringContaining('was in use when it was copied')]);
  const checked = await run(['check', '--data-dir', copy]);
  expect([checked.code, checked.err]).toEqual([
    3,
    expect.stringContaining('is a copy of a data directory that was in use'),
  ]);
  const adopted = await run(['check', '--adopt', '--data-dir', copy]);
  expect([adopted.code, adopted.err]).toEqual([0, '']);
  expect(adopted.out).toContain('check: ok');
  expect((await run(['check'], { DATA_DIR: copy })).code).toBe(0);
});

test('check finds a damaged page and a directory in use, and exits with 3', async () => {
  const inUse = await run(['check', '--data-dir', data]);
  expect([inUse.code, inUse.err]).toEqual([3, expect.stringMatching(/is held by process \d+/)]);
  const restored = join(home.path, 'damaged');
  expect((await run(['restore', backup, '--data-dir', restored])).code).toBe(0);
  const file = join(restored, 'data.mdb');
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0, 2 * 4_096, 4 * 4_096));
  const damaged = await run(['check', '--data-dir', restored]);
  expect([damaged.code, damaged.err]).toEqual([
    3,
    expect.stringMatching(/^holdfast: [^\n]* is damaged: page \d+[^\n]*\n$/),
  ]);
  const nothing = await run(['check', '--data-dir', join(home.path, 'nothing')]);
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('has no data of a shop')]);
});

test('backup reports that it cannot write its file, and refuses -', async () => {
  const env = { HOLDFAST_URL: server.url, OPERATOR_KEY };
  const target = join(home.path, 'none', 'shop.backup');
  const nowhere = await run(['backup', target], env);
  expect([nowhere.code, nowhere.err]).toEqual([2, `holdfast: cannot write ${target}: ENOENT\n`]);
  const output = await run(['backup', '-'], env);
  expect([output.code, output.err]).toEqual([2, expect.stringContaining('does not write to standard output')]);
  expect(existsSync('-') || existsSync('-.part')).toBe(false);
});

test('backup refuses a file that exists, a wrong key, and a server on Redis', async () => {
  const env = { HOLDFAST_URL: server.url, OPERATOR_KEY };
  const again = await run(['backup', backup], env);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('exists already')]);
  const target = join(home.path, 'another.backup');
  const stranger = await run(['backup', target], { ...env, OPERATOR_KEY: 'some-other-operator-key' });
  expect([stranger.code, stranger.err]).toEqual([1, expect.stringContaining('does not accept this OPERATOR_KEY')]);
  await using redis = await startRedis({ appendonly: 'yes' });
  await using other = await startServerProcess({ REDIS_URL: redis.url });
  const refused = await run(['backup', target], { ...env, HOLDFAST_URL: other.url });
  const sentence = 'holdfast: the data is in Redis: back it up there, see docs/redis.md\n';
  expect([refused.code, refused.err]).toEqual([1, sentence]);
  expect(readdirSync(home.path).filter((name) => name.startsWith('another'))).toEqual([]);
});

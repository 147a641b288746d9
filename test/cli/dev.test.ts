import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { freePort } from '../support/free-port.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { tempDir } from '../support/temp-dir.ts';
import { watchOver } from '../support/watchdog.ts';

// Each test starts a process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BIN = join(import.meta.dirname, '../../dist/cli/bin.js');
const HOLD_MS = 900_000;

interface DevShop extends AsyncDisposable {
  url: string;
  operatorKey: string;
  sessionId: string;
  skus: string[];
  stop(): Promise<void>;
}

const launch = (args: readonly string[], env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [BIN, 'dev', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Runs `holdfast dev --json` on a free port. */
async function startDev(args: readonly string[], env: Record<string, string> = {}): Promise<DevShop> {
  const child = launch(['--json', '--port', '0', ...args], env);
  const closed = once(child, 'close');
  const watchdog = watchOver(child.pid!);
  const errors = text(child.stderr!);
  const lines = createInterface(child.stdout!);
  const first = once(lines, 'line').then(([line]) => JSON.parse(String(line)) as DevShop);
  const ended = closed.then(async () => Promise.reject(new Error(`dev ended at once: ${await errors}`)));
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await closed;
    watchdog.kill('SIGKILL');
  };
  const shop = await Promise.race([first, ended]);
  return { ...shop, stop, [Symbol.asyncDispose]: stop };
}

const moveClock = (url: string, body: unknown, type = 'application/json'): Promise<Response> =>
  fetch(`${url}/dev/clock`, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });

const timeOf = async (answer: Response): Promise<number> => ((await answer.json()) as { now: number }).now;

let inMemory: DevShop;
beforeAll(async () => {
  inMemory = await startDev([]);
});
afterAll(() => inMemory[Symbol.asyncDispose]());

/** Checks that a shop has goods, and that holds end at once when its clock moves. */
async function expectMovable(shop: DevShop): Promise<void> {
  const caller = new HttpCaller(shop.url);
  const operator = caller.asOperator(shop.operatorKey);
  const mug = async () => must(await operator.query('stock.level', { sku: 'MUG' }));
  expect(shop.skus).toContain('MUG');
  const { onHand } = await mug();
  must(await caller.as(shop.sessionId).mutate('cart.add', { sku: 'MUG', quantity: 2 }));
  expect(await mug()).toMatchObject({ onHand, reserved: 2 });
  const before = await timeOf(await fetch(`${shop.url}/dev/clock`));
  const after = await timeOf(await moveClock(shop.url, { advanceMs: HOLD_MS }));
  expect(after - before).toBeGreaterThanOrEqual(HOLD_MS);
  expect(await mug()).toMatchObject({ onHand, reserved: 0 });
  expect(must(await caller.as(shop.sessionId).query('cart.get', undefined)).lines).toEqual([]);
  // Reads leave overdue holds out. The ledger shows that the hold has really ended by the time of the answer.
  const { movements } = must(await operator.query('stock.history', { sku: 'MUG' }));
  expect(movements[0]).toMatchObject({ kind: 'expired', quantity: 2 });
  caller.close();
}

test('a shop in memory has goods and a clock', () => expectMovable(inMemory));

test('a shop has its goods as soon as it answers', async () => {
  const port = await freePort();
  await using shop = await (async () => {
    const starting = startDev(['--port', String(port)]);
    const availability = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/api/v1/availability?skus=MUG,TSHIRT-M`);
    const first = await poll(() => availability().catch(() => undefined), { timeoutMs: 60_000 });
    expect(await first.json()).toMatchObject([{ status: 'in_stock' }, { status: 'in_stock' }]);
    return starting;
  })();
  expect(shop.skus).toHaveLength(5);
});

test('an embedded shop has goods and a clock, and leaves no files', async () => {
  await using tmp = await tempDir();
  await using shop = await startDev(['--store', 'embedded'], { TMPDIR: tmp.path });
  await expectMovable(shop);
  await shop.stop();
  expect(readdirSync(tmp.path)).toEqual([]);
});

test('the clock moves to a time, never back, and only by JSON', async () => {
  const { url } = inMemory;
  const now = await timeOf(await fetch(`${url}/dev/clock`));
  expect(await timeOf(await moveClock(url, { now: now + 86_400_000 }))).toBeGreaterThanOrEqual(now + 86_400_000);
  const problemOf = async (answer: Response): Promise<unknown> => {
    const { error } = (await answer.json()) as { error: { reason: string; meta: { issues?: { message: string }[] } } };
    return [answer.status, error.reason, error.meta.issues?.[0]?.message];
  };
  const back = await problemOf(await moveClock(url, { now }));
  expect(back).toEqual([400, 'invalid_input', expect.stringMatching(/^the clock does not go back; it is at \d+$/)]);
  for (const body of [{}, { advanceMs: -1 }, { advanceMs: 1.5 }, { advanceMs: 1, now: 1 }, null, 'soon']) {
    expect(await problemOf(await moveClock(url, body))).toEqual([
      400,
      'invalid_input',
      'the body is { "advanceMs": 0 to 34560000000 }, or { "now": epoch milliseconds }',
    ]);
  }
  // A page of another site can send a form or a text without asking, and must not move the clock.
  expect(await problemOf(await moveClock(url, { advanceMs: 1 }, 'text/plain'))).toEqual([
    415,
    'unsupported_media_type',
    undefined,
  ]);
  expect((await fetch(`${url}/dev/clock`, { method: 'DELETE' })).status).toBe(405);
});

test('an embedded shop in a directory is kept, with its moved time', async () => {
  await using dir = await tempDir();
  const args = ['--store', 'embedded', '--data-dir', join(dir.path, 'shop')];
  const first = await startDev(args);
  const later = await timeOf(await moveClock(first.url, { advanceMs: 86_400_000 }));
  await first.stop();
  // The settings of the store in the environment are not those of a development shop.
  await using second = await startDev(args, { REDIS_URL: 'redis://127.0.0.1:1', DATA_DIR: '/nowhere' });
  expect(second.skus).toEqual(first.skus);
  const before = await timeOf(await fetch(`${second.url}/dev/clock`));
  expect(before).toBeGreaterThanOrEqual(later);
  expect(await timeOf(await moveClock(second.url, { advanceMs: 1_000 }))).toBeGreaterThanOrEqual(before + 1_000);
});

test('dev does not run in production', async () => {
  const child = launch([], { NODE_ENV: 'production' });
  const errors = text(child.stderr!);
  const [code] = await once(child, 'close');
  const line = /^holdfast: dev does not run with NODE_ENV=production, [^\n]*\n$/;
  expect({ code, err: await errors }).toEqual({ code: 2, err: expect.stringMatching(line) });
});

test.each([
  ['with a store that it does not know', ['--store', 'redis'], /^holdfast: .*Allowed choices are memory, embedded/],
  ['on a Redis', ['--redis-url', 'redis://h'], /^holdfast: unknown option '--redis-url'\n/],
  ['with a directory in memory', ['--data-dir', 'x'], /^holdfast: --data-dir requires --store embedded$/],
  ['with an option of a client', ['--url', 'http://127.0.0.1:3000'], /^holdfast: dev does not accept --url/],
] as [string, string[], RegExp][])('dev does not run %s', async (_, args, line) => {
  const errors: string[] = [];
  const environment = { env: {}, out: () => undefined, err: (said: string) => void errors.push(said) };
  expect(await runCli({ ...environment, args: ['dev', ...args] })).toBe(2);
  expect(errors.join('\n')).toMatch(line);
});

test('the output ends without a stack trace when its reader ends', async () => {
  const child = spawn(process.execPath, [BIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect([code, errors]).toEqual([0, '']);
});

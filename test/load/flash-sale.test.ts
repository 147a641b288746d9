import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { breakServer } from '../support/broken-server.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { runLoad } from '../support/load-run.ts';
import { startLyingProxy } from '../support/lying-proxy.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const UNITS = 40;
const TIMEOUT_MS = 300_000;
const SMALL = ['--units', String(UNITS), '--rate', '40', '--seconds', '4'];
/** Much longer than a call without work on a busy machine. */
const DELAY_MS = 2_000;
const WARM_UP = ['--warmup-rate', '10', '--warmup-seconds', '2'];

describe.each(['embedded', 'redis'])('a small flash sale: %s', (store) => {
  test('sells exactly the stock', { timeout: TIMEOUT_MS }, async () => {
    const { code, stdout, report } = await runLoad('flash-sale', '--store', store, ...SMALL, ...WARM_UP);
    expect({ code, problems: report?.problems }).toEqual({ code: 0, problems: [] });
    expect(stdout).toContain(', 0 oversold');
    const sold = report?.counts['units_sold'];
    expect(report?.live).toEqual({ ok: true, orders: sold, units: sold, oversold: 0 });
    expect(report?.counts['refused_insufficient_stock']).toBeGreaterThan(UNITS);
    expect(Object.keys(report?.latency['cart.add'] ?? {})).toEqual(expect.arrayContaining(['warmup', 'sale']));
  });

  test('fails if reserve ignores the stock', { timeout: TIMEOUT_MS }, async () => {
    await using broken = await breakServer();
    await using dir = await tempDir();
    await using redis = store === 'redis' ? await startRedis({ appendonly: 'yes' }) : null;
    const where: Record<string, string> = redis ? { REDIS_URL: redis.url } : { DATA_DIR: dir.path };
    await using server = await startServerProcess(where, { main: broken.main });
    const at = ['--url', `${server.url}/`, '--operator-key', OPERATOR_KEY];
    const { code, stdout, report } = await runLoad('flash-sale', ...at, ...SMALL, ...WARM_UP);
    expect(code).toBe(1);
    expect(report?.live).toMatchObject({ ok: false, oversold: expect.any(Number) });
    expect(report?.live.oversold).toBeGreaterThan(0);
    // The run ends at the first one, while answers of the order oracle are still on their way to k6.
    expect(report?.counts['oversold']).toBeGreaterThan(0);
    expect(report?.counts['oversold']).toBeLessThanOrEqual(report?.live.oversold ?? 0);
    expect(report?.thresholds).toContainEqual({ metric: 'oversold', threshold: 'count==0', ok: false });
    expect(stdout).toMatch(/oversold: \d+ units were sold that are not there/);
    // The second check finds it without the first.
    expect(report?.problems).toContainEqual(expect.stringMatching(/-sale: \d+ sold, .* are not 40/));
  });
});

test('a slow but correct shop is a finding about latency, and exit code 3 only with --strict-latency', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path });
  await using proxy = await startLyingProxy(server.url, {
    before: async ({ procedure, input }) => {
      if (procedure === 'stock.availability' && JSON.stringify(input).includes('-sale"')) await sleep(DELAY_MS);
      return null;
    },
  });
  const at = ['--url', proxy.url, '--operator-key', OPERATOR_KEY];
  const pace = ['--rate', '20', '--seconds', '4', '--warmup-rate', '30', '--warmup-seconds', '2'];
  const strict = ['--factor', '1', '--strict-latency'];
  const { code, stdout, report } = await runLoad('flash-sale', ...at, '--units', '40', ...pace, ...strict);
  expect({ code, problems: report?.problems, ok: report?.ok }).toEqual({ code: 3, problems: [], ok: true });
  expect(report?.slow).toContainEqual(expect.stringMatching(/^stock.availability took \d+/));
  expect(report?.yardsticks['noop']?.['sale']?.count).toBeGreaterThan(0);
  expect(stdout).toContain('Correctness: everything is as it should be.\nLatency: slower than expected');
});

test('a shop that dies during the run does not hide the findings of k6', { timeout: TIMEOUT_MS }, async () => {
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path });
  const operator = new HttpCaller(server.url).asOperator();
  const at = ['--url', server.url, '--operator-key', OPERATOR_KEY];
  const running = runLoad('flash-sale', ...at, ...SMALL, ...WARM_UP);
  await poll(async () => must(await operator.query('stock.list', {})).items.length > 0, { timeoutMs: 60_000 });
  await server.kill9();
  const { code, report } = await running;
  expect(code).toBe(1);
  expect(report?.counts['transport_faults']).toBeGreaterThan(0);
  expect(report?.audit.ok).toBe(false);
  expect(report?.problems).toContainEqual(expect.stringMatching(/^the shop cannot be read back: /));

  const unreachable = await runLoad('smoke', ...at);
  expect(unreachable).toMatchObject({ code: 1, report: null });
  expect(unreachable.stderr).toContain(`${server.url} does not answer: connect ECONNREFUSED`);
});

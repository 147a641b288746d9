import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { SaleProgress } from '../../src/cli/demo/progress.ts';
import { conclusion, type DemoSale, judgeSales } from '../../src/cli/demo/verdict.ts';
import { redisBinary } from '../support/redis-binary.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'dist/cli/bin.js');
/** A timeout of a test cannot end a call that blocks the process. */
const HELP_MS_MAX = 20_000;

function launch(args: string[], tmp: string, redis = redisBinary()) {
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: tmp, HOLDFAST_REDIS_SERVER: redis };
  const child = spawn(process.execPath, [BIN, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended, err: () => err };
}

describe.each(['embedded', 'redis', 'cluster'])('the demo on %s', (store) => {
  test('sells every unit once, prints the result as JSON, and leaves no files', { timeout: 120_000 }, async () => {
    await using tmp = await tempDir();
    const args = ['--store', store, '--buyers', '500', '--units', '40', '--json'];
    const { code, out, err } = await launch(args, tmp.path).ended;
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/\nSold exactly 40 of 40\. Audit passed\.\n$/),
    });
    // The last unit is sold while shoppers still arrive, so that checkouts race additions.
    const [, done] = /^ {2}(\d+)\/500 shoppers: 40 bought, \d+ in carts, \d+ too late$/m.exec(err) ?? [];
    expect(Number(done)).toBeLessThan(500);
    expect(JSON.parse(out)).toEqual({
      store,
      units: 40,
      buyers: 500,
      sold: 40,
      oversold: 0,
      undersold: 0,
      auditOk: true,
      seconds: expect.any(Number),
      requests: expect.any(Number),
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
    });
    expect(readdirSync(tmp.path)).toEqual([]);
  });
});

test('Ctrl-C ends the server and deletes its files', { timeout: 60_000 }, async () => {
  await using tmp = await tempDir();
  const { child, ended } = launch(['--buyers', '200000'], tmp.path);
  await once(child.stderr, 'data');
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('connections:')) resolve();
    });
  });
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(readdirSync(tmp.path)).toEqual([]);
});

test('--help needs neither Node nor packages', async () => {
  await using dir = await tempDir();
  const bin = join(dir.path, 'bin');
  mkdirSync(bin);
  for (const tool of ['bash', 'dirname', 'sed']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
  cpSync(join(ROOT, 'scripts'), join(dir.path, 'scripts'), { recursive: true });
  for (const [script, says] of [
    ['demo', 'usage: ./scripts/demo [--store embedded|redis|cluster] [--buyers N] [--units N]'],
    ['load', 'usage: npm run load -- SCENARIO'],
    ['bench', 'usage: npm run bench -- --json FILE'],
    ['test', 'Runs the whole suite'],
  ] as const) {
    const printed = execFileSync(join(bin, 'bash'), [join(dir.path, 'scripts', script), '--help'], {
      env: { PATH: bin },
      timeout: HELP_MS_MAX,
    });
    expect(printed.toString()).toContain(says);
  }
  expect(readdirSync(dir.path).toSorted()).toEqual(['bin', 'scripts']);
});

describe('the progress', () => {
  const show = (isTTY: boolean) => {
    let text = '';
    const out = { isTTY, write: (chunk: string | Uint8Array) => (text += chunk.toString()) !== '' };
    return { progress: new SaleProgress({ buyers: 4, units: 2 }, out), text: () => text };
  };
  const sellOut = ({ progress }: ReturnType<typeof show>): void => {
    progress.onHeld();
    progress.onHeld();
    progress.onVisit({ outcome: 'bought', orderId: 'a' });
    progress.onHeld();
    progress.onVisit({ outcome: 'bought', orderId: 'b' });
    progress.onVisit({ outcome: 'failed', why: '500', hadUnit: true });
    progress.onVisit({ outcome: 'sold_out' });
  };

  test('has a line for each quarter of the units and at the end, with the units in carts', () => {
    const shown = show(false);
    sellOut(shown);
    expect(shown.text().split('\n')).toEqual([
      '  1/4 shoppers: 1 bought, 1 in carts, 0 too late',
      '  2/4 shoppers: 2 bought, 1 in carts, 0 too late',
      '  4/4 shoppers: 2 bought, 0 in carts, 1 too late, 1 failed',
      '',
    ]);
  });

  test('is a bar on a terminal', () => {
    const shown = show(true);
    sellOut(shown);
    expect(shown.text()).toContain(`${'█'.repeat(16)}${'░'.repeat(16)} 2/4 shoppers: 2 bought, 1 in carts`);
    expect(shown.text().endsWith('1 failed\n')).toBe(true);
  });
});

test.each([
  ['--store', 'memory'],
  ['--buyers', '0'],
  ['--buyers', '1.5'],
  ['--units', '-1'],
  ['--shops', '0'],
  ['--shops', '101'],
  ['--units', '1000000001'],
  ['--unknown', 'x'],
  ['extra', 'words'],
  ['--url', 'http://127.0.0.1:3000'],
])('%s %s is refused', async (...args) => {
  const errors: string[] = [];
  const environment = { env: {}, out: () => undefined, err: (line: string) => void errors.push(line) };
  expect(await runCli({ ...environment, args: ['demo', ...args] })).toBe(2);
  expect(errors.join()).toMatch(
    /^holdfast: .*(Expected|does not accept|Allowed choices|unknown option|too many arguments)/,
  );
});

test('a Redis that cannot be started is reported in a sentence', async () => {
  await using tmp = await tempDir();
  const { code, err } = await launch(['--store', 'redis'], tmp.path, '/nowhere/redis-server').ended;
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('holdfast: demo: Redis ended at once:\n') });
  expect(err).toContain('spawn /nowhere/redis-server ENOENT');
  expect(readdirSync(tmp.path)).toEqual([]);
});

describe('the verdict', () => {
  const visit = (orderId: string) => ({ outcome: 'bought', orderId }) as const;
  const sale = (changes: Partial<DemoSale> & { sold?: number } = {}): DemoSale => {
    const { sold = 2, ...rest } = changes;
    const units = { onHand: 3, reserved: 0, committed: sold, available: 3 - sold };
    const moved = { returned: 0, dispatched: sold, restocked: 0, adjusted: 0, counted: 0 };
    const totals = { ...units, received: 3, sold, ...moved };
    return {
      buyers: 2,
      units: 3,
      visits: [visit('a'), visit('b')],
      facts: {
        audit: { ok: true, checkedAt: 0, skus: 1, liveHolds: 0, totals, violations: [] },
        orders: new Map([
          ['a', 1],
          ['b', 1],
        ]),
      },
      seconds: 1,
      requests: 6,
      latenciesMs: [3, 1, 2],
      ...rest,
    };
  };
  const facts = (changes: Partial<DemoSale['facts']>) => ({ facts: { ...sale().facts, ...changes } });

  const judge = (...sales: DemoSale[]) => judgeSales({ store: 'embedded', shops: sales.length, buyers: 2 }, sales);

  test('judges each shop for itself, and sums them up', () => {
    const over = sale({
      sold: 4,
      ...facts({
        orders: new Map([
          ['a', 2],
          ['b', 2],
        ]),
      }),
    });
    const under = sale({ visits: [visit('a'), { outcome: 'sold_out' }], ...facts({ orders: new Map([['a', 1]]) }) });
    const { result, problems } = judge(over, under);
    expect(result).toMatchObject({ shops: 2, units: 6, sold: 5, oversold: 1, undersold: 1, requests: 12 });
    expect(problems.join('\n')).toMatch(/1 more units were sold than the shop had/);
    expect(problems.join('\n')).toMatch(/1 units were left/);
  });

  test('has no undersold units if there are fewer buyers than units', () => {
    const { result, problems } = judge(sale());
    expect(problems).toEqual([]);
    expect(result).toMatchObject({ sold: 2, oversold: 0, undersold: 0, p50Ms: 2, p99Ms: 3 });
  });

  test('ends with the units sold and the result of the audit', () => {
    const { result } = judge(sale());
    const line = (changes: Partial<typeof result>, problems: string[] = []) =>
      conclusion({ ...result, ...changes }, problems);
    expect(line({ sold: 500, units: 500 })).toBe('Sold exactly 500 of 500. Audit passed.');
    expect(line({ sold: 2, units: 3 })).toBe('Sold 2 of 3, one to each shopper. Audit passed.');
    expect(line({ sold: 503, units: 500, oversold: 3, auditOk: false }, ['x', 'y'])).toBe(
      'Sold 503 of 500, 3 too many. Audit FAILED. 2 problems, see above.',
    );
    expect(line({ sold: 497, units: 500, undersold: 3 }, ['x'])).toBe(
      'Sold 497 of 500, 3 too few. Audit passed. 1 problem, see above.',
    );
  });

  const wrong: [string, DemoSale, object, RegExp][] = [
    [
      'more units sold than received',
      sale({
        sold: 4,
        ...facts({
          orders: new Map([
            ['a', 2],
            ['b', 2],
          ]),
        }),
      }),
      { sold: 4, oversold: 1 },
      /1 more units were sold than the shop had/,
    ],
    [
      'units left although a shopper wanted them',
      sale({ visits: [visit('a'), { outcome: 'sold_out' }], ...facts({ orders: new Map([['a', 1]]) }) }),
      { undersold: 1 },
      /1 units were left/,
    ],
    [
      'a lost acknowledged order',
      sale(
        facts({
          orders: new Map([
            ['a', 1],
            ['x', 1],
          ]),
        }),
      ),
      {},
      /1 acknowledged orders/,
    ],
    ['an order that was not acknowledged', sale({ visits: [visit('a')] }), {}, /2 orders are on record, 1 were/],
    [
      'an audit that failed',
      sale(facts({ audit: { ...sale().facts.audit, ok: false } })),
      { auditOk: false },
      /the audit found/,
    ],
    [
      'a visit that failed',
      sale({ visits: [visit('a'), visit('b'), { outcome: 'failed', why: '500 internal' }] }),
      {},
      /500 internal/,
    ],
  ];

  test.each(wrong)('reports %s', (_, { ...bad }, result, problem) => {
    const judged = judge(bad);
    expect(judged.result).toMatchObject(result);
    expect(judged.problems.join('\n')).toMatch(problem);
  });
});

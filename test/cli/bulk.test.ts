import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { csvOf } from '../support/import-files.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

let shop: ShopServer;
let dir: TempDir;
beforeAll(async () => {
  [shop, dir] = [await startShop({ LOG_LEVEL: 'error' }), await tempDir()];
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function run(args: string[], input: string | Readable = '', env: Record<string, string> = {}) {
  const [out, err, written]: [string[], string[], string[]] = [[], [], []];
  const code = await runCli({
    args,
    env: { HOLDFAST_URL: shop.url, OPERATOR_KEY, ...env },
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    stdin: typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input,
    stdout: new Writable({
      write: (part: Buffer, _encoding, done) => {
        written.push(part.toString());
        done();
      },
    }),
  });
  return { code, out: out.join('\n'), err: err.join('\n'), written: written.join('') };
}

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(dir.path, name);
  await writeFile(path, content);
  return path;
}

test('checks a file, imports it, and does not apply it twice; the hash of its bytes is the key', async () => {
  const file = await fileOf('two.csv', 'sku,onHand\nc-mug,4\nc-cup,5\n');
  expect(await run(['stock', 'import', file, '--dry-run'])).toMatchObject({ code: 0 });
  expect((await run(['stock', 'level', 'c-mug'])).code).toBe(1);
  const { code, out } = await run(['stock', 'import', file]);
  expect([code, out]).toEqual([
    0,
    'rows  applied  unchanged  problems  resumedFrom\n   2        2          0         0            0',
  ]);
  await run(['stock', 'adjust', 'c-mug', '--reason', 'sold', '--', '-1']);
  const again = await run(['stock', 'import', file, '--json']);
  expect(JSON.parse(again.out)).toMatchObject({ rows: 2, resumedFrom: 2, done: true });
  const line =
    /^holdfast: nothing was applied: the file was imported at \d{4}-\d\d-\d\dT[\d:.]+Z; use --again to apply it once more$/;
  expect([again.code, again.err]).toEqual([4, expect.stringMatching(line)]);
  expect((await run(['stock', 'level', 'c-mug', '--json'])).out).toContain('"onHand": 3');
  expect((await run(['stock', 'import', file, '--again'])).code).toBe(0);
  expect((await run(['stock', 'level', 'c-mug', '--json'])).out).toContain('"onHand": 4');
});

test('lists problems by row, and exits with 1', async () => {
  const lines = '{"sku":"j-mug","onHand":3}\n{"sku":"j-cup","onHand":-1}\nnonsense\n';
  const { code, out, err } = await run(['stock', 'import', '-', '--key', 'lines', '--format', 'jsonl'], lines);
  expect([code, err]).toEqual([1, 'holdfast: rows with problems: 2; the other rows are done']);
  expect(out).toContain('row 2 j-cup onHand must be a whole number from 0 to 1000000000000\nrow 3 is not JSON');
});

test('imports what it has exported, with --after and --format', async () => {
  const { written, code } = await run(['stock', 'export', '--format', 'jsonl', '--after', 'c-mug']);
  expect(code).toBe(0);
  const guards = { holdUnitsMax: null, requiresCustomer: false, protected: false, backorderLimit: null, shipsAt: null };
  const values = {
    title: null,
    safetyStock: 0,
    limitPerCustomer: null,
    ...guards,
    components: null,
    onHand: 3,
    price: null,
    currency: null,
  };
  expect(written.split('\n').map((line) => line && JSON.parse(line))).toEqual([{ sku: 'j-mug', ...values }, '']);
  const csv = (await run(['stock', 'export'])).written;
  const { code: imported } = await run(['stock', 'import', await fileOf('all.csv', csv)]);
  expect(imported).toBe(0);
});

test.each([
  ['standard input without a key', ['-', '--format', 'csv'], 2, 'standard input needs --key'],
  ['a file that does not exist', ['none.csv'], 2, 'none.csv cannot be read: ENOENT'],
  ['a name without an extension', ['-', '--key', 'k'], 2, 'add --format csv or --format jsonl'],
  ['another format', ['-', '--key', 'k', '--format', 'xml'], 2, 'Allowed choices are csv, jsonl'],
])('%s is wrong usage', async (_name, args, code, line) => {
  const ran = await run(['stock', 'import', ...args]);
  expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(line)]);
});

test('reports a refusal, or that there is no server, in one line before the file is sent', async () => {
  const big = await fileOf('big.csv', [...csvOf(60_000)].join('').replace('sku,', 'nosku,'));
  const refused = await run(['stock', 'import', big]);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('invalid_input: ')]);
  const foreign = await run(['stock', 'import', big], '', { OPERATOR_KEY: 'another-key-altogether' });
  expect([foreign.code, foreign.err]).toEqual([1, expect.stringContaining('OPERATOR_KEY')]);
  const none = await run(['stock', 'export', '--url', 'http://127.0.0.1:9']);
  expect([none.code, none.err]).toEqual([3, expect.stringContaining('no Holdfast server answers')]);
});

test('reports that another call with the same key has taken over', async () => {
  const text = [...csvOf(400)].join('');
  const stuck = new PassThrough();
  stuck.write(text.slice(0, -10));
  const importing = ['stock', 'import', '-', '--format', 'csv', '--key', 'twice'];
  const first = run(importing, stuck);
  const isUnderWay = async () => {
    const { data } = await shop.query('stock.importStatus', { key: 'twice' }, { operator: true });
    expect(data).toMatchObject({ rows: 250 });
  };
  await vi.waitFor(isUnderWay, { timeout: 20_000 });
  expect(await run(importing, text)).toMatchObject({ code: 0 });
  const { code, err } = await first;
  expect([code, err]).toEqual([1, expect.stringMatching(/^holdfast: another call .* took this import over: /m)]);
  stuck.destroy();
});

test('reports a number beyond 2^53 once, and counts rows and not problems', async () => {
  const rows = 'sku,onHand,safetyStock\nn-mug,9007199254740993,-1\nn-cup,1,\n';
  const { code, out, err } = await run(['stock', 'import', await fileOf('wide.csv', rows)]);
  expect([code, err]).toEqual([1, 'holdfast: rows with problems: 1; the other rows are done']);
  expect(out.split('\n').slice(1)).toEqual([
    '   2        1          0         1            0',
    'row 1 n-mug safetyStock must be a whole number from 0 to 1000000000000',
    'row 1 n-mug onHand must be a whole number from 0 to 1000000000000',
  ]);
});

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import type { Results } from '../../bench/core/types.ts';
import { redisBinary } from '../support/redis-binary.ts';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const MAIN = 'node_modules/.cache/holdfast/bench/bench/main.js';

const options = { cwd: ROOT, env: { ...process.env, HOLDFAST_REDIS_SERVER: redisBinary() } };

beforeAll(async () => {
  await run(process.execPath, ['scripts/build-tool.js', 'bench', 'bench'], options);
}, 60_000);

/** Runs the benchmarks as `npm run bench` does after its setup. Resolves to the exit code. */
async function bench(...args: string[]): Promise<{ code: number; stderr: string }> {
  return run(process.execPath, [MAIN, ...args], options).then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );
}

const side = {
  name: expect.any(String),
  unit: expect.any(String),
  median: expect.any(Number),
  values: [expect.any(Number)],
};
const ratio = { median: expect.any(Number), worst: expect.any(Number), rounds: 1, a: side, b: side };

test('measures, audits and writes every output file in a tiny run', { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  const json = join(dir.path, 'results/run.json');
  const { code, stderr } = await bench('--smoke', '--json', json, '--only', 'hot_vs_evalsha_p1,memory,growth');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('left)') });
  const results = JSON.parse(await readFile(json, 'utf8')) as Results;
  expect(results).toEqual({
    machine: expect.objectContaining({ cores: expect.any(Number), cpu: expect.any(String) }),
    versions: expect.objectContaining({ node: process.version, redis: expect.stringMatching(/server v=/) }),
    ratios: { hot_vs_evalsha_p1: ratio },
    reports: { memory: { rows: expect.any(Array) }, growth: { rows: expect.any(Array), plots: expect.any(Array) } },
  });
  expect((await readdir(join(dir.path, 'results'))).toSorted()).toEqual([
    'run-growth-latency.svg',
    'run-growth-restart.svg',
    'run-growth-speed.svg',
    'run-ratios.svg',
    'run.json',
    'run.md',
  ]);
  const markdown = await readFile(join(dir.path, 'results/run.md'), 'utf8');
  expect(markdown).toMatch(/\| `hot_vs_evalsha_p1` \|.*\| >= \d/);
  expect(markdown).toContain('![Ratios](run-ratios.svg)');
});

const COMPARED = 'http_hot_vs_batched_pg,two_processes_hot,lone_transaction';

// On a fresh machine PostgreSQL is installed first.
test('measures references over HTTP, in PostgreSQL and in other processes', { timeout: 300_000 }, async () => {
  await using dir = await tempDir();
  const json = join(dir.path, 'run.json');
  const { code, stderr } = await bench('--smoke', '--json', json, '--only', COMPARED);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  const { ratios } = JSON.parse(await readFile(json, 'utf8')) as Results;
  const measured = { ...ratio, a: expect.objectContaining(side), b: expect.objectContaining(side) };
  expect(ratios).toEqual(Object.fromEntries(COMPARED.split(',').map((key) => [key, measured])));
});

test('refuses an unknown key and an output path that cannot be written, before it measures', async () => {
  expect(await bench('--json', 'x.json', '--only', 'hot')).toEqual({
    code: 2,
    stderr: expect.stringContaining('no hot'),
  });
  expect(await bench('--smoke')).toEqual({ code: 2, stderr: expect.stringContaining('--json is missing') });
});

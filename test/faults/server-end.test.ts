import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { watchOver } from '../support/watchdog.ts';
import { compileDiskShim } from './disk-shim.ts';

/** A busy machine takes long to start a process. */
const START_TIMEOUT_MS = 90_000;
const TIMEOUT_MS = 2 * START_TIMEOUT_MS;
const MAIN = join(import.meta.dirname, '../../dist/server/main.js');

const shim = compileDiskShim();
afterAll(() => shim[Symbol.dispose]());

/** A server whose disk can fail on request. Its output goes to a file, so that its last lines are not lost. */
async function startOnFaultyDisk(scratch: string) {
  const [faultFile, logFile] = [join(scratch, 'fault'), join(scratch, 'disk.log')];
  // The shell creates it later than the first look at it.
  writeFileSync(join(scratch, 'out'), '');
  const child = spawn('sh', ['-c', 'exec "$0" "$1" >"$2" 2>&1', process.execPath, MAIN, join(scratch, 'out')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      OPERATOR_KEY,
      DATA_DIR: join(scratch, 'data'),
      ...shim.environment({ dataFile: '/data.mdb', logFile, faultFile }),
    },
  });
  const watchdog = watchOver(child.pid!);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  void exited.then(() => watchdog.kill('SIGKILL'));
  const output = () => readFileSync(join(scratch, 'out'), 'utf8');
  const url = await poll(() => /"url":"([^"]+)"/.exec(output())?.[1] ?? false, {
    timeoutMs: START_TIMEOUT_MS,
    describe: output,
  });
  return { child, exited, output, operator: new HttpCaller(url).asOperator(), faultFile };
}

test('after a failed flush the server answers, logs why, and exits; the next server has all acknowledged effects', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using scratch = await tempDir();
  const { exited, output, operator, faultFile } = await startOnFaultyDisk(scratch.path);
  must(await operator.mutate('stock.define', { sku: 'A' }));
  for (let index = 0; index < 20; index += 1) must(await operator.mutate('stock.receive', { sku: 'A', quantity: 1 }));
  writeFileSync(faultFile, 'eio');
  const refused = await operator.mutate('stock.receive', { sku: 'A', quantity: 1, idempotencyKey: 'unlucky' });
  expect(refused).toMatchObject({ ok: false, status: 504, reason: 'outcome_unknown' });
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(output()).toMatch(/"level":60[^\n]*a flush failed/);

  await using next = await startServerProcess({ DATA_DIR: join(scratch.path, 'data') });
  const again = new HttpCaller(next.url).asOperator();
  expect(must(await again.query('stock.level', { sku: 'A' })).onHand).toBe(20);
  must(await again.mutate('stock.receive', { sku: 'A', quantity: 1, idempotencyKey: 'unlucky' }));
  expect(must(await again.query('stock.level', { sku: 'A' })).onHand).toBe(21);
  expect(must(await again.query('admin.audit', {})).ok).toBe(true);
});

test('a server whose disk does not respond exits in time after SIGTERM', { timeout: TIMEOUT_MS }, async () => {
  await using scratch = await tempDir();
  const { child, exited, operator, faultFile } = await startOnFaultyDisk(scratch.path);
  must(await operator.mutate('stock.define', { sku: 'A' }));
  writeFileSync(faultFile, 'stall');
  const receiving = operator.mutate('stock.receive', { sku: 'A', quantity: 1, idempotencyKey: 'stalled' });
  await operator.query('stock.level', { sku: 'A' });
  const start = performance.now();
  child.kill('SIGTERM');
  const [code, signal] = await exited;
  expect([code, signal]).not.toEqual([0, null]);
  expect(performance.now() - start).toBeLessThan(25_000);
  expect(await receiving).toMatchObject({ ok: false });
  rmSync(faultFile);
});

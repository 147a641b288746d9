import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const DEADLINE_MS = 30_000;
const MAIN = join(import.meta.dirname, 'full-disk-main.js');

/**
 * Sets the largest file that a running process may write. To a database this is like a full disk, or a free one. Linux
 * only.
 */
const allowFileBytes = (pid: number, bytes: number | 'unlimited'): void => {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], {
    timeout: DEADLINE_MS,
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
};

test('an embedded server on a full disk is unready, and ready again when there is room', {
  timeout: 90_000,
}, async () => {
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path }, { main: MAIN });
  const caller = new HttpCaller(server.url);
  const status = async () => (await caller.get('/health/ready')).status;
  must(await caller.asOperator().mutate('stock.define', { sku: 'tea' }));
  must(await caller.asOperator().mutate('stock.receive', { sku: 'tea', quantity: 1_000 }));
  await poll(async () => (await status()) === 200, { timeoutMs: DEADLINE_MS });
  allowFileBytes(server.pid, statSync(join(dir.path, 'data.mdb')).size);
  const body = await poll(
    async () => {
      const answer = await fetch(`${server.url}/health/ready`);
      return answer.status === 503 && answer.text();
    },
    { timeoutMs: DEADLINE_MS },
  );
  expect(JSON.parse(body)).toMatchObject({ status: 'unavailable', reason: 'the disk refuses writes' });
  allowFileBytes(server.pid, 'unlimited');
  await poll(async () => (await status()) === 200, { timeoutMs: DEADLINE_MS });
  must(await caller.asOperator().mutate('stock.receive', { sku: 'tea', quantity: 1 }));
  caller.close();
});

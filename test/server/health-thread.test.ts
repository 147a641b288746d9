import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProcess } from '../support/built-server.ts';
import { poll } from '../support/poll.ts';
import { tempDir } from '../support/temp-dir.ts';

const BLOCKED_MAIN = join(import.meta.dirname, '../support/blocked-main.js');
const BLOCK_MS = 6_000;
const STALL_MS = 1_500;
const PATIENT = { timeoutMs: 25_000 };

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

// The tests mostly wait, so they run concurrently.
test.concurrent('answers health while the main thread is blocked: live, then stalled, then live again', async () => {
  const child = spawn(process.execPath, [BLOCKED_MAIN, String(BLOCK_MS), String(STALL_MS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const blockedAt = performance.now();
    const health = `http://127.0.0.1:${Number(line.toString())}/health`;
    await poll(async () => (await statusOf(`${health}/live`)) === 503, PATIENT);
    expect(await statusOf(`${health}/ready`)).toBe(503);
    await poll(async () => (await statusOf(`${health}/live`)) === 200, PATIENT);
    expect(performance.now() - blockedAt).toBeGreaterThan(STALL_MS);
    await poll(async () => (await statusOf(`${health}/ready`)) === 200, PATIENT);
    expect([await statusOf(`${health}/other`), (await fetch(`${health}/live`, { method: 'POST' })).status]).toEqual([
      404, 405,
    ]);
  } finally {
    child.stdin.end();
    await once(child, 'close');
  }
});

test.concurrent('a server with HEALTH_PORT answers health there, and ends with its signal', async () => {
  await using dir = await tempDir();
  await using server = await startProcess({ DATA_DIR: dir.path, HEALTH_PORT: '0' });
  const line = server
    .stdout()
    .split('\n')
    .find((text) => text.includes('"healthPort"'));
  const { healthPort } = JSON.parse(line ?? '{}') as { healthPort: number };
  const health = `http://127.0.0.1:${healthPort}/health`;
  await poll(async () => (await statusOf(`${health}/ready`)) === 200, PATIENT);
  expect(await statusOf(`${health}/live`)).toBe(200);
  expect((await server.end('SIGTERM')).code).toBe(0);
});

test.concurrent('a HEALTH_PORT that is taken ends the start, which names the setting', async () => {
  await using dir = await tempDir();
  await using taken = await startProcess({ DATA_DIR: join(dir.path, 'one') });
  const { port } = new URL(taken.url);
  const second = await runToEnd({ DATA_DIR: join(dir.path, 'two'), PORT: '0', HEALTH_PORT: port });
  expect(second).toMatchObject({
    code: 3,
    err: expect.stringMatching(/see HEALTH_HOST and HEALTH_PORT: .*EADDRINUSE/),
  });
});

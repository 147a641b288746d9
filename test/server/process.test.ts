import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startRedis } from '../support/redis-server.ts';
import { runToEnd, startProcess } from '../support/built-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const OPERATOR_KEY = 'operator-key-of-this-process';

describe('a server that cannot start reports why in one line', () => {
  test('a wrong setting: the variable and what it accepts, exit 2', async () => {
    const { code, out, err } = await runToEnd({ PORT: 'http' });
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: 'holdfast: PORT must be a whole number from 0 to 65535\n',
    });
  });

  test('production without what makes it safe: exit 2, a line for each problem', async () => {
    const { code, out, err } = await runToEnd({ NODE_ENV: 'production', SESSION_SECRET: 'password' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^holdfast: OPERATOR_KEY is required /),
      expect.stringMatching(/^holdfast: SESSION_SECRET has fewer than 32 characters, /),
      expect.stringMatching(/^holdfast: CHECKOUT_PLACE is required /),
    ]);
  });

  test('a Redis without persistence: exit 2', async () => {
    await using redis = await startRedis({ appendonly: 'no' });
    const { code, err } = await runToEnd({ REDIS_URL: redis.url });
    expect(code).toBe(2);
    expect(err).toMatch(/^holdfast: REDIS_URL: [^\n]*appendonly[^\n]*DURABILITY[^\n]*\n$/);
  });

  test('an unreachable Redis: exit 3', async () => {
    const { code, err } = await runToEnd({ REDIS_URL: 'redis://user:secret-password@127.0.0.1:1' });
    expect(code).toBe(3);
    expect(err).toMatch(/^holdfast: [^\n]*127\.0\.0\.1:1[^\n]*\n$/);
    expect(err).not.toContain('secret-password');
  });

  test('a data directory that is a file: exit 3', async () => {
    await using dir = await tempDir();
    const file = join(dir.path, 'file');
    await writeFile(file, '');
    const { code, err } = await runToEnd({ DATA_DIR: join(file, 'data') });
    expect(code).toBe(3);
    expect(err).toMatch(/^holdfast: [^\n]*data directory[^\n]*\n$/);
  });

  test('a used port: exit 3', async () => {
    await using dir = await tempDir();
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await runToEnd({ DATA_DIR: dir.path, OPERATOR_KEY, PORT: String(port) });
    other.close();
    expect(code).toBe(3);
    expect(err).toMatch(/^holdfast: cannot listen, see HOST and PORT: [^\n]*EADDRINUSE[^\n]*\n$/);
  });

  test('a data directory of a running server: the lock, exit 3, and the other one keeps running', async () => {
    await using dir = await tempDir();
    await using first = await startProcess({ DATA_DIR: dir.path, OPERATOR_KEY });
    const { code, err } = await runToEnd({ DATA_DIR: dir.path, OPERATOR_KEY, PORT: '0' });
    expect(code).toBe(3);
    expect(err).toMatch(new RegExp(`^holdfast: [^\\n]*${dir.path}[^\\n]*lock[^\\n]*${first.process.pid}[^\\n]*\\n$`));
    expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
  });
});

describe('a server that starts', () => {
  test('generates an operator key, and prints it once, outside of the log', async () => {
    await using dir = await tempDir();
    await using server = await startProcess({ DATA_DIR: dir.path });
    const [, key = ''] = /^holdfast: [^\n]*operator key of this run is (\S+)\n$/.exec(server.stderr()) ?? [];
    expect(key.length).toBeGreaterThanOrEqual(16);
    const listed = await fetch(`${server.url}/trpc/stock.list`, { headers: { authorization: `Bearer ${key}` } });
    expect(listed.status).toBe(200);
    expect(server.stdout()).not.toContain(key);
  });

  test('writes JSON lines only, and shows Node’s own metrics', async () => {
    await using dir = await tempDir();
    await using server = await startProcess({ DATA_DIR: dir.path, OPERATOR_KEY, LOG_LEVEL: 'debug' });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    const lines = server.stdout().trimEnd().split('\n');
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), time: expect.any(String) });
    expect(server.stderr()).toBe('');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('exits with 0 on %s', async (signal) => {
    await using dir = await tempDir();
    await using server = await startProcess({ DATA_DIR: dir.path, OPERATOR_KEY });
    expect(await server.end(signal)).toMatchObject({ code: 0 });
    expect(server.stdout()).toMatch(/"msg":"closed"\}\n$/);
  });

  test('ignores the second signal of a Ctrl-C under npm start', async () => {
    await using dir = await tempDir();
    await using server = await startProcess({ DATA_DIR: dir.path, OPERATOR_KEY });
    const ended = server.end('SIGINT');
    server.process.kill('SIGINT');
    server.process.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  });
});

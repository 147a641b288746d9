import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectionsMax, DropWatch } from '../../src/http/listener/connection-bound.ts';
import { HttpServer } from '../../src/http/listener/http-server.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { listeningLog } from '../support/listening-log.ts';
import { poll } from '../support/poll.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const MAIN = join(import.meta.dirname, 'full-descriptors-main.js');
const DROPS = 'warn: new connections are closed: the server has as many as MAX_CONNECTIONS or its descriptors allow';
const QUIET_MS = 100;

/** Opens connections that send nothing, and reports which of them the server has closed. */
function silent(port: number, count: number): { sockets: Socket[]; closed: () => number; end: () => void } {
  let closed = 0;
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed += 1;
    });
    return socket.resume();
  });
  return { sockets, closed: () => closed, end: () => sockets.forEach((socket) => socket.destroy()) };
}

const portOf = ({ url }: ServerProcess): number => Number(new URL(url).port);
const linesWith = (server: ServerProcess, part: string): string[] =>
  server
    .output()
    .split('\n')
    .filter((line) => line.includes(part));

test('closes connections beyond the bound, and warns once in each episode', async () => {
  const { log, lines } = listeningLog();
  const drops = new DropWatch(log, QUIET_MS);
  const http = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    maxConnections: 3,
    onDrop: drops.note,
    observe: () => undefined,
    handle: (_, outgoing) => outgoing.end('served'),
  });
  const port = await http.listen();
  for (const episode of [1, 2]) {
    const crowd = silent(port, 8);
    await poll(() => crowd.closed() === 5);
    expect(drops.dropped).toBe(5 * episode);
    expect(lines.at(-1)).toBe(DROPS);
    crowd.end();
    await poll(() => (drops.check(), lines.length === 2 * episode));
  }
  const END = 'info: new connections are accepted again';
  expect(lines).toEqual([DROPS, END, DROPS, END]);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served');
  await http.close();
});

test('the bound reserves descriptors for the store', () => {
  const { log, lines } = listeningLog();
  expect(connectionsMax(10_000, log, null)).toBe(10_000);
  expect(connectionsMax(10_000, log, 10_128)).toBe(10_000);
  expect(lines).toEqual([]);
  expect(connectionsMax(10_000, log, 1_024)).toBe(896);
  expect(lines).toEqual([expect.stringMatching(/^warn: MAX_CONNECTIONS is 10000, .* allows only 896: raise it/)]);
  expect(connectionsMax(10_000, log, 100)).toBe(1);
});

test('serves the connections that it accepts with few descriptors, and counts the others', async () => {
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path }, { descriptors: 300 });
  const caller = new HttpCaller(server.url, { sockets: 1 });
  expect((await caller.get('/health/live')).status).toBe(200);
  const crowd = silent(portOf(server), 200);
  await poll(() => crowd.closed() === 29, { timeoutMs: 20_000 });
  const { body } = await caller.get('/metrics');
  expect(body).toMatch(/^holdfast_connections_dropped_total 29$/m);
  expect(body).toMatch(/^process_max_fds 300$/m);
  expect(linesWith(server, 'allows only 172')).toHaveLength(1);
  expect(linesWith(server, DROPS.slice('warn: '.length))).toHaveLength(1);
  crowd.end();
  caller.close();
});

test('observes MAX_CONNECTIONS, warns when descriptors run out, recovers when some are free, and closes normally without one', {
  timeout: 60_000,
}, async () => {
  await using dir = await tempDir();
  await using server = await startServerProcess(
    { DATA_DIR: dir.path, MAX_CONNECTIONS: '10' },
    { main: MAIN, descriptors: 300 },
  );
  const caller = new HttpCaller(server.url, { sockets: 1 });
  expect((await caller.get('/health/live')).status).toBe(200);
  const crowd = silent(portOf(server), 15);
  await poll(() => crowd.closed() === 6, { timeoutMs: 20_000 });
  crowd.end();
  process.kill(server.pid, 'SIGWINCH');
  await poll(() => linesWith(server, 'file descriptors run out').length > 0, { timeoutMs: 30_000 });
  const [refused] = silent(portOf(server), 1).sockets;
  if (refused) await once(refused, 'close');
  expect((await caller.get('/health/live')).status).toBe(200);
  process.kill(server.pid, 'SIGWINCH');
  await poll(() => linesWith(server, 'descriptors are free again').length > 0, { timeoutMs: 30_000 });
  expect(linesWith(server, 'file descriptors run out')).toHaveLength(1);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  process.kill(server.pid, 'SIGWINCH');
  caller.close();
  expect(await server.stop()).toBe(0);
});

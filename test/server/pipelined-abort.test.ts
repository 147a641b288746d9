import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { HttpServer } from '../../src/http/listener/http-server.ts';
import { bytesOf } from '../support/raw-http.ts';

const request = (target: string): Buffer => bytesOf({ method: 'GET', target, headers: ['Host: localhost'] });

test('all requests of one packet end with their connection, and a closing server waits for none of them', async () => {
  const begun: ServerResponse[] = [];
  const settled = { paths: [] as string[], all: () => {} };
  const allSettled = new Promise<void>((resolve) => (settled.all = resolve));
  let allBegun = () => {};
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    observe: ({ path }) => settled.paths.push(path) === 3 && settled.all(),
    handle: (_, outgoing) => begun.push(outgoing) === 3 && allBegun(),
  });
  const socket = connect(await server.listen(), '127.0.0.1');
  await once(socket, 'connect');
  const whenBegun = new Promise<void>((resolve) => (allBegun = resolve));
  socket.write(Buffer.concat(['/a', '/b', '/c'].map(request)));
  await whenBegun;
  socket.resetAndDestroy();
  await allSettled;
  expect(settled.paths.toSorted()).toEqual(['/a', '/b', '/c']);
  // A late answer has no client, and is not counted again.
  for (const outgoing of begun) outgoing.end('late');
  expect(server.inFlight).toBe(0);
  const start = performance.now();
  await server.close();
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(settled.paths).toHaveLength(3);
});

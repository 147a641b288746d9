import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../bench/http/connection.ts';

const REQUEST = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}';

async function connectTo(listener: RequestListener): Promise<Connection> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = await Connection.open((server.address() as AddressInfo).port);
  onTestFinished(() => {
    connection.close();
    server.close();
  });
  return connection;
}

test('finds the end of answers of known length and chunked answers, however they are split', async () => {
  let ended = 0;
  const connection = await connectTo(async (_, response) => {
    const body = 'é'.repeat((ended + 1) * 1_000);
    if (ended % 2 === 0) response.setHeader('content-length', Buffer.byteLength(body) + 1);
    for (const part of [body.slice(0, 7), body.slice(7, 500), body.slice(500)]) {
      response.write(part);
      await nextTurn();
    }
    ended += 1;
    response.end('.');
  });
  for (let asked = 1; asked <= 20; asked += 1) {
    await connection.request(REQUEST);
    expect(ended).toBe(asked);
  }
});

test('rejects with the answer if the status is not 200, and serves the next request', async () => {
  let served = 0;
  const connection = await connectTo((_, response) => {
    served += 1;
    response.writeHead(served === 1 ? 409 : 200).end('no units');
  });
  await expect(connection.request(REQUEST)).rejects.toThrow(/409 Conflict[^]*no units/);
  await connection.request(REQUEST);
});

test('rejects if the server closes the connection during a request', async () => {
  const connection = await connectTo((request) => request.socket.destroy());
  await expect(connection.request(REQUEST)).rejects.toThrow(/closed a connection|ECONNRESET/);
});

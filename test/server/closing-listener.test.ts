import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { HttpServer } from '../../src/http/listener/http-server.ts';
import { poll } from '../support/poll.ts';
import { bytesOf, exchange } from '../support/raw-http.ts';

const request = (target: string): Buffer => bytesOf({ method: 'GET', target, headers: ['Host: localhost'] });

test('no answer has Connection: close while the listener is open, because a client that reconnects would be reset', async () => {
  const answered: [target: string, connection: unknown][] = [];
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    observe: () => {},
    handle: (incoming, outgoing) => {
      if (incoming.url === '/closes') void server.close();
      answered.push([incoming.url ?? '', outgoing.getHeader('connection')]);
      outgoing.end();
    },
  });
  const port = await server.listen();
  // Three in one packet, so that the server serves the second and third in the turn in which it begins to close.
  const requests = ['/before', '/closes', '/after'].map(request);
  const answers = await exchange(port, Buffer.concat(requests));
  expect(answered).toEqual([
    ['/before', undefined],
    ['/closes', undefined],
    ['/after', undefined],
  ]);
  expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  await expect(exchange(port, request('/late'))).resolves.toBe('');
});

test('all requests of one packet are answered before and after the listener closes, and only the last answer closes', async () => {
  const begun: ServerResponse[] = [];
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    observe: () => {},
    handle: (_, outgoing) => begun.push(outgoing),
  });
  const socket = connect(await server.listen(), '127.0.0.1');
  const answers = text(socket);
  socket.write(Buffer.concat(['/a', '/b'].map(request)));
  await poll(() => begun.length === 2);
  const closed = server.close();
  await poll(() => begun[1]?.getHeader('connection') === 'close');
  socket.write(Buffer.concat(['/c', '/d'].map(request)));
  await poll(() => begun.length === 4);
  for (const outgoing of begun) outgoing.end();
  const statuses = (await answers).match(/(?<=HTTP\/1\.1 )200|(?<=Connection: )close/gi);
  expect(statuses).toEqual(['200', '200', '200', '200', 'close']);
  await closed;
});

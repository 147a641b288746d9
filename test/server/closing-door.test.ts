import { expect, test } from 'vitest';
import { HttpServer } from '../../src/server/http-server.ts';
import { bytesOf, exchange } from '../support/raw-http.ts';

test('nobody is told to go while the door is open: who came back at once would be reset with it', async () => {
  const told: [target: string, connection: unknown][] = [];
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    observe: () => {},
    handle: (incoming, outgoing) => {
      if (incoming.url === '/closes') void server.close();
      told.push([incoming.url ?? '', outgoing.getHeader('connection')]);
      outgoing.end();
    },
  });
  const port = await server.listen();
  // Three in one packet, so that the second and third are served in the turn in which the server begins to close.
  const requests = ['/before', '/closes', '/after'].map((target) =>
    bytesOf({ method: 'GET', target, headers: ['Host: localhost'] }),
  );
  const answers = await exchange(port, Buffer.concat(requests));
  expect(told).toEqual([
    ['/before', undefined],
    ['/closes', undefined],
    ['/after', undefined],
  ]);
  expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  await expect(exchange(port, bytesOf({ method: 'GET', target: '/late' }))).resolves.toBe('');
});

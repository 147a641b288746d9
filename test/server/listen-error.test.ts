import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type ListenOptions } from 'node:net';
import { expect, test } from 'vitest';
import { explainListen } from '../../src/server/listen-error.ts';

/** The system refuses it without a query to any name server. */
const TOO_LONG_A_NAME = 'x'.repeat(300);

const explained = (work: Promise<unknown>): Promise<unknown> => work.catch(explainListen('HOST and PORT'));

async function listen(options: ListenOptions): Promise<AsyncDisposable & { port: number }> {
  const server = createServer().listen(options);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test('names the settings of an address that is in use or unknown', async () => {
  await using used = await listen({ host: '127.0.0.1', port: 0 });
  const inUse = explained(listen({ host: '127.0.0.1', port: used.port }));
  await expect(inUse).rejects.toThrow(/^cannot listen, see HOST and PORT: .*EADDRINUSE/);
  const unknown = explained(listen({ host: TOO_LONG_A_NAME, port: 0 }));
  await expect(unknown).rejects.toThrow(/^cannot listen, see HOST and PORT: getaddrinfo/);
});

test('keeps any other error of the system', async () => {
  await expect(explained(readFile('/absent/file'))).rejects.toThrow(/^ENOENT/);
});

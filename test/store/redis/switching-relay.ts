import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { tempDir } from '../../support/temp-dir.ts';

export interface SwitchingRelay extends AsyncDisposable {
  /** The URL for the store. */
  readonly url: string;
  /** Sends all later connections to another server, like an address after a failover. */
  switchTo(socketPath: string): void;
}

/** One address in front of several servers, each on a unix socket. */
export async function startSwitchingRelay(socketPath: string): Promise<SwitchingRelay> {
  const dir = await tempDir();
  const path = join(dir.path, 'relay.sock');
  const sockets = new Set<Socket>();
  let target = socketPath;
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(path);
  await once(server, 'listening');
  return {
    url: `unix:${path}`,
    switchTo(other) {
      target = other;
      cut();
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

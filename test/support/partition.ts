import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A link between two servers that can be parted, as a network does it: nothing arrives, and nothing is closed. */
export interface Partition extends AsyncDisposable {
  /** Leads to the target. */
  readonly port: number;
  part(): void;
  join(): void;
}

export async function startPartition(targetPort: number): Promise<Partition> {
  const sockets = new Set<Socket>();
  let isParted = false;
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (chunk: Buffer) => void to.write(chunk));
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isParted) from.pause();
    }
  });
  const setParted = (parted: boolean) => (): void => {
    isParted = parted;
    for (const socket of sockets)
      if (parted) socket.pause();
      else socket.resume();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    part: setParted(true),
    join: setParted(false),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

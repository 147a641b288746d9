import { connect, type Socket } from 'node:net';

/** A connection that sends requests without waiting for their answers. */
export interface Pipelining extends Disposable {
  readonly socket: Socket;
  /** The status codes of all answers so far, in order. */
  readonly statuses: number[];
  /** Sends a `cart.add` of one unit. Returns false if the bytes wait in this process. */
  add(sku: string, session: string): boolean;
}

/** Opens a connection to a server on the loopback interface. */
export async function pipelining(port: number): Promise<Pipelining> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const statuses: number[] = [];
  let rest = '';
  socket.on('data', (chunk) => {
    const text = rest + chunk.toString('latin1');
    const lines = text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    for (const line of lines) statuses.push(Number(line.slice(-3)));
    // A status line that two chunks share.
    rest = /H(?:T(?:T(?:P(?:\/(?:1(?:\.(?:1(?: \d{0,2})?)?)?)?)?)?)?)?$/.exec(text)?.[0] ?? '';
  });
  socket.on('error', () => undefined);
  return {
    socket,
    statuses,
    add: (sku, session) => {
      const body = JSON.stringify({ json: { sku, quantity: 1 } });
      const head = `POST /trpc/cart.add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Session-ID: ${session}`;
      return socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

const TURN_CALLS = 100;

/** A connection that sends requests without waiting for their answers. */
export interface Pipelining extends Disposable {
  readonly socket: Socket;
  /** The status codes of all answers so far, in order. */
  readonly statuses: number[];
  /** Sends a `cart.add` of one unit. Returns false if the bytes wait in this process. */
  add(sku: string, session: string): boolean;
}

/** Opens a connection to a server. */
export async function pipelining(port: number, host = '127.0.0.1'): Promise<Pipelining> {
  const socket = connect(port, host);
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

/**
 * Sends `cart.add` of fresh sessions over one connection, as fast as the server takes them, until `signal` aborts.
 * Resolves with the statuses of the answers so far.
 */
export async function flood(url: string, sku: string, signal: AbortSignal): Promise<readonly number[]> {
  const { hostname, port } = new URL(url);
  using flooder = await pipelining(Number(port || 80), hostname);
  for (let n = 0; !signal.aborted && !flooder.socket.destroyed; n += 1) {
    if (!flooder.add(sku, `flooder-${n}`)) await once(flooder.socket, 'drain', { signal }).catch(() => undefined);
    // Answers are read between the turns.
    if (n % TURN_CALLS === 0) await nextTurn();
  }
  return [...flooder.statuses];
}

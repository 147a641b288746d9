import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { commandName, RespFrames } from '../../support/resp-frames.ts';

export interface HoldingRelay extends AsyncDisposable {
  readonly url: string;
  /** Holds the next `count` calls of the command, each until it is let go. Later data of its connection waits. */
  hold(count: number): void;
  /** Passes `passing` calls of the command first. */
  holdAfter(passing: number, count: number): void;
  /** Resolves when `count` calls are held. */
  held(count: number): Promise<void>;
  /** Forwards the oldest held call to Redis, even if its sender has disconnected. Resolves with the answer of Redis. */
  letGo(): Promise<Buffer>;
}

/**
 * A network that delays packets. It still delivers to Redis what a client sent before it closed its connection, as
 * routers and proxies do.
 */
export async function startHoldingRelay(socketPath: string, command = 'FCALL'): Promise<HoldingRelay> {
  const events = new EventEmitter();
  const held: (() => Promise<Buffer>)[] = [];
  const upstreams = new Set<Socket>();
  let [toPass, toHold] = [0, 0];
  const holdBack = (upstream: Socket) =>
    new Promise<void>((go) => {
      held.push(async () => {
        const answered = once(upstream, 'data');
        go();
        const [answer] = (await answered) as [Buffer];
        return answer;
      });
      events.emit('held');
    });
  const forward = async (frame: Buffer, upstream: Socket): Promise<void> => {
    if (commandName(frame) === command) {
      toPass -= 1;
      if (toPass < 0 && toPass >= -toHold) await holdBack(upstream);
    }
    upstream.write(frame);
  };
  const server = createServer((client) => {
    const upstream = connect(socketPath);
    upstreams.add(upstream);
    const frames = new RespFrames();
    let last = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) last = last.then(() => forward(frame, upstream));
    });
    upstream.on('data', (chunk) => client.writable && client.write(chunk));
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const holdAfter = (passing: number, count: number) => {
    [toPass, toHold] = [passing, count];
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (count) => holdAfter(0, count),
    holdAfter,
    held: async (count) => {
      while (held.length < count) await once(events, 'held');
    },
    letGo: async () => {
      const oldest = held.shift();
      if (!oldest) throw new Error('no call is held');
      return oldest();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const upstream of upstreams) upstream.destroy();
    },
  };
}

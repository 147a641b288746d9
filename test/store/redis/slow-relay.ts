import { type AddressInfo, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RespFrames } from '../../support/resp-frames.ts';

export interface SlowRelay extends AsyncDisposable {
  readonly url: string;
}

/** A network on which each command takes `msOf(command)` milliseconds, one after the other. */
export async function startSlowRelay(socketPath: string, msOf: (command: Buffer) => number): Promise<SlowRelay> {
  const server = createServer((client) => {
    const upstream = connect(socketPath);
    const frames = new RespFrames();
    let last: Promise<unknown> = Promise.resolve();
    const pass = async (frame: Buffer): Promise<void> => {
      const ms = msOf(frame);
      if (ms > 0) await sleep(ms);
      upstream.write(frame);
    };
    client.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) last = last.then(() => pass(frame));
    });
    upstream.on('data', (chunk) => client.writable && client.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a door does with a request that it does not just hand on. */
export type Fault =
  /** Answers itself, as a proxy or a gateway would: the server never sees the request. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Breaks the connection before the server sees the request. */
  | 'cut_before'
  /** The server acts and answers, but the connection breaks before the answer comes through. */
  | 'cut_after'
  | 'pass';

export interface HttpDoor extends AsyncDisposable {
  readonly url: string;
  /** Every request that came: the procedures that it calls, and the inputs of its body. */
  readonly seen: { paths: string[]; inputs: Record<string, unknown>[]; headers: IncomingMessage['headers'] }[];
  /** What happens to the next requests, one each; after them all pass. */
  plan(...faults: Fault[]): void;
}

interface Sent {
  method: string | undefined;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

const read = async (incoming: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
};

async function handOn(target: string, { method, url, headers, body }: Sent, outgoing: ServerResponse, cut: boolean) {
  const upstream = request(`${target}${url}`, { method, headers });
  upstream.end(body);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  const answered = await read(answer);
  if (cut) outgoing.destroy();
  else outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(answered);
}

const inputsOf = (body: Buffer): Record<string, unknown>[] =>
  body.length === 0
    ? []
    : Object.values(JSON.parse(body.toString()) as Record<string, { json: Record<string, unknown> }>).map(
        ({ json }) => json,
      );

/** A server of its own in front of another, over HTTP, with faults to order. */
export async function openDoor(target: string): Promise<HttpDoor> {
  const seen: HttpDoor['seen'] = [];
  const planned: Fault[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const body = await read(incoming);
    const path = decodeURIComponent(new URL(url, target).pathname);
    seen.push({ paths: path.replace(/^\/trpc\//, '').split(','), inputs: inputsOf(body), headers });
    const fault = planned.shift() ?? 'pass';
    if (fault === 'cut_before') outgoing.destroy();
    else if (typeof fault === 'string')
      await handOn(target, { method, url, headers, body }, outgoing, fault !== 'pass');
    else outgoing.writeHead(fault.status, fault.headers).end(fault.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    plan: (...faults) => {
      planned.push(...faults);
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does with a request other than forwarding it. */
export type Fault =
  /** Answers itself, as a gateway would. The server never sees the request. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Closes the connection before the server sees the request. */
  | 'cut_before'
  /** The server handles the request, but the connection closes before the answer arrives. */
  | 'cut_after'
  | 'pass';

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  /** Every request: its procedures, and the inputs in its body. */
  readonly seen: { paths: string[]; inputs: Record<string, unknown>[]; headers: IncomingMessage['headers'] }[];
  /** The faults of the next requests, one each. Later requests pass. */
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

async function forward(target: string, { method, url, headers, body }: Sent, outgoing: ServerResponse, cut: boolean) {
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

/** Starts an HTTP proxy in front of a server, with planned faults. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const seen: FaultyProxy['seen'] = [];
  const planned: Fault[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const body = await read(incoming);
    const path = decodeURIComponent(new URL(url, target).pathname);
    seen.push({ paths: path.replace(/^\/trpc\//, '').split(','), inputs: inputsOf(body), headers });
    const fault = planned.shift() ?? 'pass';
    if (fault === 'cut_before') outgoing.destroy();
    else if (typeof fault === 'string')
      await forward(target, { method, url, headers, body }, outgoing, fault !== 'pass');
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

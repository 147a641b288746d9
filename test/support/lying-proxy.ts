import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call on its way through the proxy. */
export interface Call {
  /** The procedure, or `''` for any other request. */
  readonly procedure: string;
  readonly sessionId: string | undefined;
  readonly input: unknown;
}

/** A call with the answer of the server. */
export interface Exchange extends Call {
  readonly status: number;
  /** The value of a result. Undefined where the answer is a refusal, or not from tRPC. */
  readonly value: unknown;
}

/** The answer that the client receives instead: a result, a refusal, or null for the server's own answer. */
export type Lie = { value: unknown } | { status: number; reason: string; meta: object } | null;

export interface Liar {
  /** Called with each call. It may answer in place of the server, which then does not see the call. */
  before?(call: Call): Lie | Promise<Lie>;
  /** Called with each answer. It may replace the answer. */
  after?(exchange: Exchange): Lie | Promise<Lie>;
}

export interface LyingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many answers were replaced. */
  readonly lies: number;
}

const PROCEDURE = /^\/trpc\/([a-zA-Z]+\.[a-zA-Z]+)(?:\?|$)/;

/** Starts an HTTP proxy in front of a server. The proxy falsifies tRPC answers. */
export async function startLyingProxy(target: string, liar: Liar): Promise<LyingProxy> {
  const agent = new Agent({ keepAlive: true });
  let lies = 0;
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const sent = await buffer(incoming);
    const call = callOf(incoming, sent);
    const early = (await liar.before?.(call)) ?? null;
    if (early) return answerWith(outgoing, early);
    const { status, headers, body } = await forward(agent, target, incoming, sent);
    const value = call.procedure === '' ? undefined : valueIn(body);
    const late = (await liar.after?.({ ...call, status, value })) ?? null;
    if (late) return answerWith(outgoing, late);
    outgoing.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
  };
  const answerWith = (outgoing: ServerResponse, lie: NonNullable<Lie>): void => {
    lies += 1;
    outgoing.writeHead('value' in lie ? 200 : lie.status, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify(envelopeOf(lie)));
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get lies() {
      return lies;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

function forward(
  agent: Agent,
  target: string,
  { method, url, headers }: IncomingMessage,
  sent: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _, ...rest } = headers;
    const passed = request(`${target}${url}`, { method, agent, headers: rest }, (answer) => {
      const type = answer.headers['content-type'];
      const answered = { status: answer.statusCode ?? 0, headers: type ? { 'content-type': type } : {} };
      buffer(answer).then((body) => resolve({ ...answered, body }), reject);
    });
    passed.on('error', reject);
    passed.end(sent);
  });
}

function callOf({ url = '', headers }: IncomingMessage, sent: Buffer): Call {
  const [, procedure = ''] = PROCEDURE.exec(url) ?? [];
  const sessionId = headers['x-session-id'];
  return {
    procedure,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    input: procedure === '' ? undefined : inputOf(url, sent),
  };
}

function inputOf(url: string, sent: Buffer): unknown {
  const text = sent.length > 0 ? sent.toString() : new URL(url, 'http://localhost').searchParams.get('input');
  return text === null ? undefined : (JSON.parse(text) as { json: unknown }).json;
}

function valueIn(body: Buffer): unknown {
  const answer = JSON.parse(body.toString()) as { result?: { data: { json: unknown } } };
  return answer.result?.data.json;
}

const envelopeOf = (lie: NonNullable<Lie>): object =>
  'value' in lie
    ? { result: { data: { json: lie.value } } }
    : { error: { json: { message: lie.reason, data: { reason: lie.reason, meta: lie.meta } } } };

import { Agent, request } from 'node:http';
import type { Inputs, Outputs, Reason } from '../../src/client/client.ts';
import { OPERATOR_KEY } from './server-process.ts';

type PathsOf<T> = {
  [R in keyof T & string]: { [P in keyof T[R] & string]: `${R}.${P}` }[keyof T[R] & string];
}[keyof T & string];
type At<T, P> = P extends `${infer R}.${infer Q}`
  ? R extends keyof T
    ? Q extends keyof T[R]
      ? T[R][Q]
      : never
    : never
  : never;

export type Path = PathsOf<Outputs>;
export type InputOf<P extends Path> = At<Inputs, P>;
export type OutputOf<P extends Path> = At<Outputs, P>;

export interface Refused {
  ok: false;
  /** `no_answer`: the connection was refused, broke, or did not deliver a whole answer in time. */
  reason: Reason | 'no_answer';
  status: number;
  meta: Record<string, unknown>;
  ms: number;
}

export type HttpAnswer<T> = { ok: true; value: T; ms: number } | Refused;

export interface HttpCallerOptions {
  /** The maximum number of kept-alive connections. Further calls wait, and the wait counts as part of the call. */
  sockets?: number;
  timeoutMs?: number;
}

const SOCKETS = 128;
const TIMEOUT_MS = 60_000;

/** Calls a server as a client in any language would: plain HTTP and JSON, without the typed client. */
export class HttpCaller {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;

  constructor(
    url: string,
    options: HttpCallerOptions = {},
    shared?: { agent: Agent; headers: Record<string, string> },
  ) {
    const { sockets = SOCKETS, timeoutMs = TIMEOUT_MS } = options;
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#agent = shared?.agent ?? new Agent({ keepAlive: true, maxSockets: sockets });
    this.#headers = shared?.headers ?? {};
  }

  /** The same connections, with a shopper's session. */
  as(sessionId: string): HttpCaller {
    return this.#with({ 'x-session-id': sessionId });
  }

  /** The same connections, with the operator's key. */
  asOperator(key = OPERATOR_KEY): HttpCaller {
    return this.#with({ authorization: `Bearer ${key}` });
  }

  query<P extends Path>(path: P, input: InputOf<P>): Promise<HttpAnswer<OutputOf<P>>> {
    const query = encodeURIComponent(JSON.stringify({ json: input ?? null }));
    return this.#ask('GET', `/trpc/${path}?input=${query}`);
  }

  mutate<P extends Path>(path: P, input: InputOf<P>): Promise<HttpAnswer<OutputOf<P>>> {
    return this.#ask('POST', `/trpc/${path}`, JSON.stringify({ json: input ?? null }));
  }

  /** Sends several mutations in one request, each with its own answer. */
  async batch(paths: readonly Path[], inputs: readonly { json: unknown }[]): Promise<HttpAnswer<unknown>[]> {
    const start = performance.now();
    const { status, body } = await this.#send(
      'POST',
      `/trpc/${paths.join(',')}?batch=1`,
      JSON.stringify({ ...inputs }),
    );
    const answers = JSON.parse(body) as Wire<unknown>[];
    return answers.map((answer) => read({ status, body: JSON.stringify(answer) }, performance.now() - start));
  }

  /** Requests any other path and returns the answer as text. Rejects when there is none. */
  async get(path: string): Promise<{ status: number; body: string }> {
    const { status, body } = await this.#send('GET', path);
    return { status, body };
  }

  close(): void {
    this.#agent.destroy();
  }

  #with(headers: Record<string, string>): HttpCaller {
    return new HttpCaller(this.#url, { timeoutMs: this.#timeoutMs }, { agent: this.#agent, headers });
  }

  async #ask<T>(method: 'GET' | 'POST', path: string, body?: string): Promise<HttpAnswer<T>> {
    const start = performance.now();
    try {
      const answer = await this.#send(method, path, body);
      return read<T>(answer, performance.now() - start);
    } catch {
      return { ok: false, reason: 'no_answer', status: 0, meta: {}, ms: performance.now() - start };
    }
  }

  #send(method: 'GET' | 'POST', path: string, body?: string): Promise<{ status: number; body: string }> {
    const headers = body === undefined ? this.#headers : { ...this.#headers, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const sent = request(`${this.#url}${path}`, { method, agent: this.#agent, headers, signal }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

interface Wire<T> {
  result?: { data: { json: T } };
  error?: { json: { data: { reason: Reason; httpStatus: number; meta: Record<string, unknown> } } };
}

function read<T>({ status, body }: { status: number; body: string }, ms: number): HttpAnswer<T> {
  const { result, error } = JSON.parse(body) as Wire<T>;
  if (result) return { ok: true, value: result.data.json, ms };
  if (!error) throw new Error('the answer has neither a result nor an error');
  const { reason, meta } = error.json.data;
  return { ok: false, reason, status, meta, ms };
}

/** Returns the value of an answer. Throws for a refusal. */
export function must<T>(answer: HttpAnswer<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`refused: ${answer.reason} ${JSON.stringify(answer.meta)}`);
}

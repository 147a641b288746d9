import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WireAnswer {
  status: number;
  /** `result.data.json` of a successful call. */
  data: unknown;
  /** `error.json.data.reason` of a refused call. */
  reason: string | undefined;
}

interface Reply {
  result?: { data: { json: unknown } };
  error?: { json: { data: { reason: string } } };
}

const CALL_ATTEMPTS_MAX = 60;
const CALL_RETRY_MS = 100;
/** The statuses of a busy server and of an unknown outcome. The call is then retried with the same key. */
const RETRIED = new Set([429, 503, 504]);

/**
 * Calls tRPC over plain HTTP, because the shoppers have to cost less than the server. Connections are reused. At most
 * `connectionsMax` calls run at a time. A further one waits for a connection, and its latency includes that.
 */
export class DemoWire {
  readonly latenciesMs: number[] = [];
  requests = 0;
  retries = 0;
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #headers: Record<string, string>;

  /** `headers` are sent with each request. */
  constructor(url: URL, connectionsMax: number, headers: Record<string, string> = {}) {
    this.#url = url;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  query(path: string, input: unknown, headers: Record<string, string> = {}): Promise<WireAnswer> {
    const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
    return this.#sendWithRetries('GET', `/trpc/${path}${search}`, { ...this.#headers, ...headers }, '');
  }

  mutate(path: string, input: unknown, headers: Record<string, string> = {}): Promise<WireAnswer> {
    return this.#sendWithRetries(
      'POST',
      `/trpc/${path}`,
      { ...this.#headers, ...headers },
      JSON.stringify({ json: input }),
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  async #sendWithRetries(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<WireAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt === CALL_ATTEMPTS_MAX;
      const answer = await this.#send(method, path, headers, body).catch((error: unknown) => {
        if (isLast) throw error;
        return null;
      });
      if (answer && (isLast || !RETRIED.has(answer.status))) return answer;
      this.retries += 1;
      await sleep(CALL_RETRY_MS * (0.5 + Math.random()));
    }
  }

  #send(method: string, path: string, headers: Record<string, string>, body: string): Promise<WireAnswer> {
    this.requests += 1;
    return new Promise((resolve, reject) => {
      const sent = body === '' ? headers : { ...headers, 'content-type': 'application/json' };
      const { hostname, port } = this.#url;
      const start = performance.now();
      const outgoing = request({ agent: this.#agent, hostname, port, method, path, headers: sent }, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          this.latenciesMs.push(performance.now() - start);
          resolve(wireAnswerOf(incoming.statusCode ?? 0, text));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function wireAnswerOf(status: number, text: string): WireAnswer {
  const { result, error } = JSON.parse(text) as Reply;
  return { status, data: result?.data.json, reason: error?.json.data.reason };
}

import { admissionCheckOf } from '../../src/server/admission-keys.ts';
import { Writable } from 'node:stream';
import { loadConfig } from '../../src/server/settings/config.ts';
import { openPayments } from '../../src/server/compose.ts';
import type { Foundations } from '../../src/server/shops/foundations.ts';
import { createLog } from '../../src/server/observability/pino-log.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { PATIENT } from './server-process.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';

export const OPERATOR_KEY = 'operator-key-of-the-tests';

export interface Answer {
  status: number;
  headers: Headers;
  /** `result.data.json` of a success. */
  data: unknown;
  /** `error.json` of a refusal. */
  error: { message: string; code: number; data: Record<string, unknown> } | undefined;
  text: string;
}

export interface Credentials {
  session?: string;
  operator?: boolean | string;
  headers?: Record<string, string>;
}

export interface ShopServer extends AsyncDisposable {
  readonly url: string;
  readonly running: RunningServer;
  readonly store: Store;
  /** Every line logged so far, parsed. */
  readonly log: Record<string, unknown>[];
  readonly logText: () => string;
  query(path: string, input?: unknown, who?: Credentials): Promise<Answer>;
  mutate(path: string, input?: unknown, who?: Credentials): Promise<Answer>;
  /** Sent unchanged. */
  fetch(path: string, init?: RequestInit): Promise<Answer>;
}

/** Starts a real server in this process, over HTTP, on the memory store unless another one is given. */
export async function startShop(
  env: Record<string, string> = {},
  store?: Store,
  more: Partial<Pick<Foundations, 'backup' | 'clock' | 'devClock'>> = {},
): Promise<ShopServer> {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const config = loadConfig({ PORT: '0', OPERATOR_KEY, LOG_LEVEL: 'trace', SELL_AT: 'sale', ...PATIENT, ...env });
  const used = store ?? openMemoryStore({ shop: config.SHOP });
  const running = await startServer(
    config,
    { store: used, payments: await openPayments(config), admit: admissionCheckOf(config), ...more },
    createLog(config.LOG_LEVEL, destination),
    async ({ SHOP }) => ({ store: openMemoryStore({ shop: SHOP }) }),
  );
  return {
    url: running.url,
    running,
    store: used,
    get log() {
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    logText: () => lines.join(''),
    ...callsOver((path, init) => fetch(`${running.url}${path}`, init)),
    [Symbol.asyncDispose]: () => running.close(),
  };
}

/** Returns the calls of a shop that answers requests with `send`. */
export function callsOver(
  send: (path: string, init?: RequestInit) => Promise<Response>,
): Pick<ShopServer, 'query' | 'mutate' | 'fetch'> {
  const ask = (path: string, init?: RequestInit): Promise<Answer> => send(path, init).then(read);
  return {
    query: (path, input, who = {}) => ask(queryPath(path, input), { headers: headersOf(who) }),
    mutate: (path, input, who = {}) =>
      ask(`/trpc/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf(who) },
        body: JSON.stringify({ json: input ?? null }),
      }),
    fetch: ask,
  };
}

export const queryPath = (path: string, input?: unknown): string =>
  `/trpc/${path}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`}`;

export const headersOf = ({ session, operator, headers }: Credentials): Record<string, string> => ({
  ...(session === undefined ? {} : { 'x-session-id': session }),
  ...(operator ? { authorization: `Bearer ${operator === true ? OPERATOR_KEY : operator}` } : {}),
  ...headers,
});

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = parse(text) as { result?: { data: { json: unknown } }; error?: { json: Answer['error'] } } | undefined;
  return {
    status: response.status,
    headers: response.headers,
    data: body?.result?.data.json,
    error: body?.error?.json,
    text,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

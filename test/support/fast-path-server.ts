import { onlyShop } from '../../src/api/callers/shop-directory.ts';
import pino from 'pino';
import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import type { ApiServices } from '../../src/api/callers/context.ts';
import { anyone, router } from '../../src/api/procedures.ts';
import { appRouter } from '../../src/api/router.ts';
import { KeyRing } from '../../src/api/callers/key-ring.ts';
import { Sessions } from '../../src/api/callers/sessions.ts';
import { RefusalError } from '../../src/api/wire-errors.ts';
import { WIRE, type WireRefusal } from '../../src/contract/calls/wire-refusals.ts';
import { AnswersMismatch, BatcherClosed } from '../../src/actor/batcher-errors.ts';
import { PaymentNoticeHandler } from '../../src/adapters/payment-notice-handler.ts';
import { fastPathFirst } from '../../src/http/trpc-fast-path.ts';
import { Clients } from '../../src/http/listener/clients.ts';
import type { OnFailure } from '../../src/http/listener/failure-log.ts';
import { createHttpApp, requestListener } from '../../src/http/http-app.ts';
import { type HttpAnswer, HttpServer, withAnswerHeaders } from '../../src/http/listener/http-server.ts';
import { OutcomeUnknown } from '../../src/contract/calls/call.ts';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { StoreError } from '../../src/store/store.ts';
import { OPERATOR_KEY } from './shop-server.ts';

const refusal = z.object({ reason: z.enum(Object.keys(WIRE) as [WireRefusal['reason']]) });
const THROWN = {
  error: () => new Error('a bug, with a secret in it'),
  text: () => 'no error at all',
  store: () => new StoreError('unavailable', 'gone'),
  undecodable: () => new StoreError('undecodable', 'bad'),
  unknown: () => new OutcomeUnknown('key-of-the-call'),
  closed: () => new BatcherClosed(),
  mismatch: () => new AnswersMismatch(1, []),
} satisfies Record<string, () => unknown>;
const thrown = z.object({ what: z.enum(Object.keys(THROWN) as [keyof typeof THROWN]) });

const refuse = ({ reason }: z.output<typeof refusal>): never => {
  throw new RefusalError({ reason, meta: { retryAfterMs: 1_234 } } as never);
};

/** The wire contract, and procedures for outcomes that a shop cannot produce on demand. */
export const TEST_ROUTER: AnyTRPCRouter = router({
  ...appRouter._def.record,
  test: router({
    refuse: anyone.input(refusal).mutation(({ input }) => refuse(input)),
    refuseQuery: anyone.input(refusal).query(({ input }) => refuse(input)),
    fail: anyone.input(thrown).mutation(({ input }) => {
      throw THROWN[input.what]();
    }),
    echo: anyone.input(z.unknown()).mutation(({ input }) => input),
    echoQuery: anyone.input(z.unknown()).query(({ input }) => input),
    ignore: anyone.mutation(() => undefined),
  }),
});

export const THROWABLE = Object.keys(THROWN);

/** The effects of requests on the server, besides their answers. */
export interface Traces {
  calls: { path: string; outcome: string }[];
  failures: { reason: string; path: string; requestId: string }[];
  answers: Pick<HttpAnswer, 'requestId' | 'method' | 'path' | 'status' | 'isStream'>[];
}

export interface TrpcServer extends AsyncDisposable {
  port: number;
  traces: Traces;
  http: HttpServer;
  /** The number of requests that reached the official adapter. */
  handedOn: () => number;
}

/** Shared, so that each server accepts sessions that the other one has issued. */
export const SESSIONS = new Sessions({ shop: 'main', ttlMs: 1_000_000, clock: Date.now });

const tracesNone = (): Traces => ({ calls: [], failures: [], answers: [] });

const edgeOf = (holdfast: Holdfast, corsOrigins: readonly string[], traces: Traces) => {
  const services: ApiServices = {
    holdfast,
    sessions: SESSIONS,
    keys: new KeyRing({ rootKeys: [OPERATOR_KEY], issued: holdfast.keys }),
    checkoutPlace: 'shopper',
    tracing: null,
    shops: onlyShop('main'),
    shopNow: Date.now,
    status: () => {
      throw new Error('a status differs between the servers');
    },
    observeCall: ({ path, outcome }) => traces.calls.push({ path, outcome }),
  };
  const onFailure: OnFailure = ({ reason, path, requestId }) => void traces.failures.push({ reason, path, requestId });
  return { router: TEST_ROUTER, services, corsOrigins, onFailure, clients: new Clients({ trusted: [] }) };
};

/** Starts a shop over HTTP, with or without the fast path before the official adapter. */
export async function startTrpcServer(withFastPath: boolean, corsOrigins: readonly string[] = []): Promise<TrpcServer> {
  const traces = tracesNone();
  const log = pino({ level: 'silent' });
  const store = openMemoryStore({ shop: 'main' });
  // Cached for good, because the time of a read would be a difference between the servers.
  const holdfast = createHoldfast({ store, log, settings: { cacheMs: 3_600_000 } });
  const edge = edgeOf(holdfast, corsOrigins, traces);
  const app = createHttpApp({
    ...edge,
    log,
    readiness: () => ({ ready: true, reasons: [], notes: [], store: null }),
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    apiDocs: 'on',
    console: 'off',
    basePath: '',
    monitoring: 'public',
    payments: { adapters: [], handler: new PaymentNoticeHandler(holdfast, log), observe: () => {}, limiter: null },
  });
  let handedOn = 0;
  const official = requestListener(app);
  const counted = withAnswerHeaders((incoming, outgoing) => {
    handedOn += 1;
    return official(incoming, outgoing);
  });
  const handle = withFastPath ? fastPathFirst(edge, counted) : counted;
  const observe = ({ requestId, method, path, status, isStream }: HttpAnswer): void =>
    void traces.answers.push({ requestId, method, path, status, isStream });
  const http = new HttpServer({ host: '127.0.0.1', port: 0, handle, observe });
  const port = await http.listen();
  const close = async (): Promise<void> => {
    await http.close();
    await holdfast.close();
    await store.close();
  };
  return { port, traces, http, handedOn: () => handedOn, [Symbol.asyncDispose]: close };
}

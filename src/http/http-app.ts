import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { AnyTRPCRouter } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { type Context as HonoContext, Hono } from 'hono';
import { cors } from 'hono/cors';
import type { Logger } from 'pino';
import { type ApiServices, createContext } from '../api/context.ts';
import { noteClient } from '../api/clients.ts';
import { REST_PREFIX } from '../contract/rest-paths.ts';
import { invalidInput, refusalOf } from '../api/wire-errors.ts';
import { refusalHeaders, type WireRefusal } from '../contract/wire-refusals.ts';
import { clientOf, type Network } from './listener/client-address.ts';
import { backupRoutes } from './routes/backup-routes.ts';
import { bulkRoutes } from './routes/bulk-routes.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { isEncoded, isJson } from './listener/content-type.ts';
import { EXPOSED_HEADERS } from './listener/cross-origin.ts';
import type { OnFailure } from './listener/failure-log.ts';
import { announcesBody, readBody, readText } from './listener/http-body.ts';
import { REQUEST_ID_HEADER } from './listener/http-server.ts';
import { type PaymentRoutesOptions, paymentRoutes } from './routes/payment-routes.ts';
import { reportOf, type Verdict } from '../health/readiness.ts';
import { restRoutes } from './routes/rest-routes.ts';
import { jsonAnswer } from './listener/wire-answer.ts';

const BATCH_CALLS_MAX = 50;
const PREFLIGHT_SECONDS = 600;

export interface HttpAppOptions {
  /** The procedures under /trpc. */
  router: AnyTRPCRouter;
  services: ApiServices;
  log: Logger;
  onFailure: OnFailure;
  corsOrigins: readonly string[];
  readiness: () => Verdict;
  /** The metrics as Prometheus reads them. */
  metrics: () => Promise<{ contentType: string; body: string }>;
  payments: Omit<PaymentRoutesOptions, 'log'>;
  /** Proxies whose `X-Forwarded-For` is believed. */
  trusted?: readonly Network[];
  backup?: OpenedStore['backup'] | undefined;
}

type Bindings = HttpBindings & { requestId: string };
type HttpContext = HonoContext<{ Bindings: Bindings }>;

/** What answers HTTP requests: tRPC under /trpc, health, metrics; everything else is refused in the same form. */
export function createHttpApp(options: HttpAppOptions) {
  const app = new Hono<{ Bindings: Bindings }>();
  if (options.corsOrigins.length > 0) app.use(corsFor(options.corsOrigins));
  app.get('/health/live', (c) => c.json({ status: 'live' }));
  app.get('/health/ready', (c) => {
    const { ready, details } = reportOf(options.readiness());
    return c.json({ status: ready ? 'ready' : 'unavailable', ...details }, ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { contentType, body } = await options.metrics();
    return c.body(body, 200, { 'content-type': contentType });
  });
  for (const path of ['/health/live', '/health/ready', '/metrics']) app.all(path, (c) => refuseMethod(c, 'GET'));
  app.route('/api/v1/stock', bulkRoutes(options));
  app.route('/api/v1/admin', backupRoutes(options));
  app.route('/payments', paymentRoutes({ ...options.payments, log: options.log }));
  app.route(REST_PREFIX, restRoutes(options));
  const serve = trpcHandler(options);
  app.all('/trpc/*', async (c) => (await refusedRequest(c)) ?? serve(c, withBody(c)));
  app.notFound((c) => refuse(c, { reason: 'not_found', meta: {} }));
  app.onError((error, c) => {
    options.log.error({ err: error, requestId: c.env.requestId }, 'a request failed outside of any call');
    return refuse(c, refusalOf(error, c.env.requestId));
  });
  return app;
}

/** Connects the application to Node's HTTP server. */
export function requestListener(app: ReturnType<typeof createHttpApp>) {
  return getRequestListener(
    (request, { incoming, outgoing }) =>
      app.fetch(request, { incoming, outgoing, requestId: String(outgoing.getHeader(REQUEST_ID_HEADER)) }),
    {
      hostname: 'localhost',
      // Only an unusable URL or Host ends here: all else is the application's.
      errorHandler: () => jsonAnswer(invalidInput('', 'the request has no usable URL'), ''),
    },
  );
}

const corsFor = (origins: readonly string[]) =>
  cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: [
      'content-type',
      'x-session-id',
      'authorization',
      'x-request-id',
      'trpc-accept',
      'last-event-id',
      'idempotency-key',
    ],
    exposeHeaders: [...EXPOSED_HEADERS],
    maxAge: PREFLIGHT_SECONDS,
  });

/** What is refused before tRPC sees it: it would take forms and byte streams, and bodies of any length. */
async function refusedRequest(c: HttpContext): Promise<Response | null> {
  const { method } = c.req;
  if (method !== 'GET' && method !== 'POST') return refuseMethod(c, 'GET, POST');
  const contentType = c.req.header('content-type');
  const isUnread =
    contentType === undefined ? method === 'POST' && announcesBody(c.env.incoming) : !isJson(contentType);
  if (isUnread || (method === 'POST' && isEncoded(c.env.incoming))) {
    return refuse(c, { reason: 'unsupported_media_type', meta: {} });
  }
  if (method === 'GET') return null;
  const problem = await readBody(c.env.incoming);
  if (problem === null) return null;
  if (problem === 'too_large') return refuse(c, { reason: 'payload_too_large', meta: {} });
  return refuse(c, invalidInput('', problem === 'not_utf8' ? 'the body is not UTF-8' : 'the body was cut off'));
}

/**
 * Returns the request for tRPC. A POST without a body leaves its input out. tRPC takes only `{}` for that, and demands a
 * content type.
 */
function withBody(c: HttpContext): Request {
  const { raw } = c.req;
  if (c.req.method !== 'POST' || readText(c.env.incoming).trim() !== '') return raw;
  const headers = new Headers(raw.headers);
  headers.set('content-type', 'application/json');
  return new Request(raw.url, { method: 'POST', headers, body: '{}', signal: raw.signal });
}

function trpcHandler({ router, services, onFailure, trusted }: HttpAppOptions) {
  return async (c: HttpContext, req: Request): Promise<Response> => {
    const { requestId, incoming } = c.env;
    noteClient(incoming.socket, clientOf(incoming, trusted));
    const response = await fetchRequestHandler({
      endpoint: '/trpc',
      req,
      router,
      maxBatchSize: BATCH_CALLS_MAX,
      createContext: () => createContext(services, c.req.raw.headers, requestId, c.env.incoming.socket),
      responseMeta: ({ errors, type }) => {
        const refusals = errors.map((error) => refusalOf(error, requestId));
        const headers: Record<string, string> = refusalHeaders(refusals);
        if (refusals.some(({ reason }) => reason === 'method_not_allowed')) {
          headers.allow = type === 'mutation' ? 'POST' : 'GET';
        }
        return { headers };
      },
      onError: ({ error, path = '' }) =>
        onFailure({ error, reason: refusalOf(error, requestId).reason, requestId, path }),
    });
    // A request that is refused as a whole is answered by tRPC in JSON, but not as JSON.
    if (!response.headers.has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  };
}

function refuse(c: HttpContext, refusal: WireRefusal): Response {
  return jsonAnswer(refusal, c.req.path.replace(/^\/trpc\//, ''));
}

function refuseMethod(c: HttpContext, allow: string): Response {
  const answer = refuse(c, { reason: 'method_not_allowed', meta: {} });
  answer.headers.set('allow', allow);
  return answer;
}

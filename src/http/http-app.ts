import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { AnyTRPCRouter } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { CallGate } from '../api/callers/call-gate.ts';
import { createContext, credentialsIn } from '../api/callers/context.ts';
import { demandScope, keyContext, noteEarlyError } from '../api/procedures.ts';
import type { Log } from '../transact/log.ts';
import { SHOP_HEADER } from '../contract/shop-header.ts';
import { REST_PREFIX } from '../contract/rest-paths.ts';
import { invalidInput, refusalOf } from '../api/wire-errors.ts';
import { refusalHeaders } from '../contract/calls/wire-refusals.ts';
import { CALLS_IN_FLIGHT_MAX } from './admission/in-flight.ts';
import { type BackupRoutesOptions, backupRoutes } from './routes/backup-routes.ts';
import { bulkRoutes } from './routes/bulk-routes.ts';
import { EXPOSED_HEADERS } from './listener/cross-origin.ts';
import { bodyRefusal, isEncoded, isJson, readText, sendsBody } from './listener/http-body.ts';
import {
  type HttpContext,
  type HttpEnv,
  METHOD_NOT_ALLOWED,
  refuseTrpc,
  UNSUPPORTED_MEDIA_TYPE,
  NOT_FOUND,
} from './listener/refusal-answer.ts';
import { REQUEST_ID_HEADER } from './listener/request-id.ts';
import { ledgerRoutes } from './routes/ledger-routes.ts';
import { consoleRoutes } from './routes/console-routes.ts';
import { docsRoutes } from './routes/docs-routes.ts';
import { type DevRoutesOptions, devRoutes } from './routes/dev-routes.ts';
import { type PaymentRoutesOptions, paymentRoutes } from './routes/payment-routes.ts';
import { type MonitoringOptions, monitoringRoutes } from './routes/monitoring-routes.ts';
import { restRoutes } from './routes/rest-routes.ts';

const BATCH_CALLS_MAX = 50;
const PREFLIGHT_SECONDS = 600;

export interface HttpAppOptions extends BackupRoutesOptions, Omit<MonitoringOptions, 'demandReader'> {
  /** Whether `/docs` and the OpenAPI document are served. */
  apiDocs: 'on' | 'off';
  /** Whether the operator console is served. */
  console: 'on' | 'off';
  /** The path below which the client sees the API, such as `/shop`; empty at the root of the host. */
  basePath: string;
  /** The procedures under /trpc. */
  router: AnyTRPCRouter;
  log: Log;
  corsOrigins: readonly string[];
  /** Who may read the metrics and the reasons why the server is not ready: everyone, or only callers with a key. */
  monitoring: 'public' | 'private';
  payments: Omit<PaymentRoutesOptions, 'log'>;
  /** The routes of a development server below `/dev`. Absent in production. */
  dev?: DevRoutesOptions | undefined;
}

/**
 * Returns the application: tRPC, REST, payments, health and metrics. Other paths are refused in the form of tRPC's
 * errors.
 */
export function createHttpApp(options: HttpAppOptions) {
  const app = new Hono<HttpEnv>();
  if (options.corsOrigins.length > 0) app.use(corsFor(options.corsOrigins));
  app.route('/', monitoringRoutes({ ...options, demandReader: readerCheck(options) }));
  if (options.apiDocs === 'on') app.route('/', docsRoutes(options.basePath));
  if (options.console === 'on') app.route('/', consoleRoutes(options.basePath));
  app.route('/api/v1/stock', bulkRoutes(options));
  app.route('/api/v1', ledgerRoutes(options));
  app.route('/api/v1/admin', backupRoutes(options));
  app.route('/payments', paymentRoutes({ ...options.payments, log: options.log }));
  if (options.dev) app.route('/dev', devRoutes(options.dev));
  app.route(REST_PREFIX, restRoutes(options));
  const serve = trpcHandler(options);
  app.all('/trpc/*', async (c) => (await refusedRequest(c)) ?? serve(c, withBody(c)));
  app.notFound((c) => refuseTrpc(c, NOT_FOUND));
  app.onError((error, c) => {
    options.log.error({ err: error, requestId: c.env.requestId }, 'a request failed outside of any call');
    return refuseTrpc(c, refusalOf(error, c.env.requestId));
  });
  return app;
}

/** Returns the check of callers who want metrics or details; undefined if everyone may read them. */
function readerCheck({ monitoring, services }: HttpAppOptions): MonitoringOptions['demandReader'] {
  if (monitoring === 'public') return undefined;
  return (c) => demandScope(keyContext(services, c.req.header('authorization')), 'metrics:read');
}

/**
 * Returns the application as a listener of Node's HTTP server. `ownsProcess`: the adapter may replace `global.Request`
 * and `global.Response` by its own, which are faster.
 */
export function requestListener(app: Hono<HttpEnv>, ownsProcess = true) {
  let requestId = '';
  const listener = getRequestListener(
    (request, { incoming, outgoing }) => app.fetch(request, { incoming, outgoing, requestId: requestIdIn(outgoing) }),
    {
      hostname: 'localhost',
      overrideGlobalObjects: ownsProcess,
      // Called for an unusable URL or Host only, before anything is awaited. The application handles all other errors.
      errorHandler: () =>
        refuseTrpc({ req: { path: '' }, env: { requestId } }, invalidInput('', 'the request has no usable URL')),
    },
  );
  return (incoming: IncomingMessage, outgoing: ServerResponse) => {
    requestId = requestIdIn(outgoing);
    return listener(incoming, outgoing);
  };
}

const requestIdIn = (outgoing: Pick<ServerResponse, 'getHeader'>): string =>
  String(outgoing.getHeader(REQUEST_ID_HEADER));

const corsFor = (origins: readonly string[]) =>
  cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: [
      'content-type',
      'x-session-id',
      SHOP_HEADER,
      'authorization',
      'x-request-id',
      'traceparent',
      'tracestate',
      'trpc-accept',
      'last-event-id',
      'idempotency-key',
    ],
    exposeHeaders: [...EXPOSED_HEADERS],
    maxAge: PREFLIGHT_SECONDS,
  });

/**
 * Returns the refusal of a request that tRPC would accept: forms, byte streams and bodies of any length. Null: none.
 */
async function refusedRequest(c: HttpContext): Promise<Response | null> {
  const { method } = c.req;
  const { incoming } = c.env;
  if (method !== 'GET' && method !== 'POST') return refuseTrpc(c, METHOD_NOT_ALLOWED, 'GET, POST');
  const contentType = c.req.header('content-type');
  const isUnread = contentType === undefined ? method === 'POST' && (await sendsBody(incoming)) : !isJson(contentType);
  if (isUnread || (method === 'POST' && isEncoded(incoming))) return refuseTrpc(c, UNSUPPORTED_MEDIA_TYPE);
  const refusal = method === 'GET' ? null : await bodyRefusal(incoming);
  return refusal && refuseTrpc(c, refusal);
}

/**
 * Returns the request for tRPC. A POST without a body is a call without an input, for which tRPC demands the body `{}`
 * and a content type.
 */
function withBody(c: HttpContext): Request {
  const { raw } = c.req;
  if (c.req.method !== 'POST' || readText(c.env.incoming).trim() !== '') return raw;
  const headers = new Headers(raw.headers);
  headers.set('content-type', 'application/json');
  return new Request(raw.url, { method: 'POST', headers, body: '{}', signal: raw.signal });
}

function trpcHandler({ router, services, onFailure, clients }: HttpAppOptions) {
  return async (c: HttpContext, req: Request): Promise<Response> => {
    const { requestId, incoming } = c.env;
    const parent = services.tracing?.parentOf(incoming) ?? null;
    const origin = { requestId, connection: incoming.socket, client: clients.of(incoming), parent };
    const response = await fetchRequestHandler({
      endpoint: '/trpc',
      req,
      router,
      maxBatchSize: BATCH_CALLS_MAX,
      createContext: ({ info: { calls } }) => {
        const gate = calls.length > CALLS_IN_FLIGHT_MAX ? new CallGate(CALLS_IN_FLIGHT_MAX) : null;
        return createContext(services, credentialsIn(c.req.raw.headers), { ...origin, gate });
      },
      responseMeta: ({ errors, type }) => {
        const refusals = errors.map((error) => refusalOf(error, requestId));
        const headers: Record<string, string> = refusalHeaders(refusals);
        if (refusals.some(({ reason }) => reason === 'method_not_allowed')) {
          headers.allow = type === 'mutation' ? 'POST' : 'GET';
        }
        return { headers };
      },
      onError: ({ error, path = '', ctx }) => {
        if (!ctx) noteEarlyError(error, requestId);
        onFailure({ error, reason: refusalOf(error, requestId).reason, requestId, path });
      },
    });
    // tRPC sends no content type for a request that it refuses as a whole.
    if (!response.headers.has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  };
}

import { callTRPCProcedure } from '@trpc/server';
import { Hono } from 'hono';
import { type ApiServices, createContext, credentialsIn } from '../../api/callers/context.ts';
import { inputOf } from '../../api/rest/rest-input.ts';
import { REST_OPERATIONS, type RestOperation } from '../../api/rest/rest-operations.ts';
import { appRouter } from '../../api/router.ts';
import { invalidInput, refusalOf } from '../../api/wire-errors.ts';
import { REST_PREFIX } from '../../contract/rest-paths.ts';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { documentAt } from '../api-docs/openapi-document.ts';
import type { Clients } from '../listener/clients.ts';
import { DOCUMENT_PATH } from '../listener/process-paths.ts';
import type { OnFailure } from '../listener/failure-log.ts';
import { bodyRefusal, isEncoded, isJson, sendsBody } from '../listener/http-body.ts';
import {
  type HttpContext,
  type HttpEnv,
  METHOD_NOT_ALLOWED,
  refuseRest,
  UNSUPPORTED_MEDIA_TYPE,
  NOT_FOUND,
} from '../listener/refusal-answer.ts';

export interface RestRoutesOptions {
  services: ApiServices;
  onFailure: OnFailure;
  clients: Clients;
}

type RestHandler = (c: HttpContext) => Response | Promise<Response>;

/**
 * Returns the procedures as resources under `/api/v1`: plain JSON in, plain JSON out. trpc-to-openapi generates the
 * document of them. Its handler is not used, because it would change the schemas that tRPC's own calls share.
 */
export function restRoutes(options: RestRoutesOptions & { apiDocs: 'on' | 'off'; basePath: string }) {
  const routes = new Hono<HttpEnv>();
  // Hono passes an invalid escape to the handler undecoded.
  routes.use((c, next) => (isDecodable(c.req.url) ? next() : notFound(c)));
  let document: string | null = null;
  const sendDocument: RestHandler = (c) => {
    document ??= documentAt(options.basePath);
    return c.body(document, 200, { 'content-type': 'application/json' });
  };
  if (options.apiDocs === 'on') restResource(routes, DOCUMENT_PATH.slice(REST_PREFIX.length), { GET: sendDocument });
  for (const [path, handlers] of handlersByPath(options)) restResource(routes, path, handlers);
  routes.all('*', notFound);
  return routes;
}

/** Adds a resource, with or without a slash at the end. Other methods than those of `handlers` are refused. */
export function restResource(routes: Hono<HttpEnv>, path: string, handlers: Record<string, RestHandler>): void {
  const allow = Object.keys(handlers).join(', ');
  routes.on('ALL', [path, `${path}/`], (c) => handlers[c.req.method]?.(c) ?? refuseRest(c, METHOD_NOT_ALLOWED, allow));
}

const notFound = async (c: HttpContext): Promise<Response> => refuseRest(c, NOT_FOUND);

/** The first route that matches counts, so paths without fields come first: `/orders/mine` is not an order. */
function handlersByPath(options: RestRoutesOptions): [string, Record<string, RestHandler>][] {
  const byPath = new Map<string, Record<string, RestHandler>>();
  for (const operation of REST_OPERATIONS) {
    const path = operation.path.replace(/\/$/, '').replaceAll(/\{(\w+)\}/g, ':$1');
    byPath.set(path, { ...byPath.get(path), [operation.method]: (c) => answerCall(c, operation, options) });
  }
  return [...byPath].toSorted(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')));
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(new URL(url).pathname);
    return true;
  } catch {
    return false;
  }
}

async function answerCall(c: HttpContext, operation: RestOperation, options: RestRoutesOptions): Promise<Response> {
  const body = await restBodyOf(c);
  if (typeof body !== 'string') return refuseRest(c, body);
  const { requestId, incoming } = c.env;
  const { headers, signal } = c.req.raw;
  const parent = options.services.tracing?.parentOf(incoming) ?? null;
  const origin = { requestId, connection: incoming.socket, client: options.clients.of(incoming), parent };
  const { procedure: path, type } = operation;
  try {
    const data: unknown = await callTRPCProcedure({
      router: appRouter,
      path,
      type,
      ctx: createContext(options.services, credentialsIn(headers), origin),
      // Called after the procedure has admitted the caller.
      getRawInput: async () => inputOf(operation, requestOf(c, body)),
      signal,
      batchIndex: 0,
    });
    return c.json(data as never);
  } catch (error) {
    const refusal = refusalOf(error, requestId);
    options.onFailure({ error, reason: refusal.reason, requestId, path });
    return refuseRest(c, refusal);
  }
}

const requestOf = (c: HttpContext, body: string) => ({
  fields: c.req.param() as Record<string, string>,
  query: new URL(c.req.url).searchParams,
  body,
  idempotencyKeys: c.env.incoming.headersDistinct['idempotency-key'] ?? [],
});

/** Returns the body of a POST or PUT, or an empty text. A GET or DELETE must not have one. */
export async function restBodyOf(c: HttpContext): Promise<string | WireRefusal> {
  const { method } = c.req;
  const { incoming } = c.env;
  const type = c.req.header('content-type');
  if (type !== undefined && !isJson(type)) return UNSUPPORTED_MEDIA_TYPE;
  const isSent = await sendsBody(incoming);
  if (isSent && (type === undefined || isEncoded(incoming))) return UNSUPPORTED_MEDIA_TYPE;
  if (method !== 'POST' && method !== 'PUT') return isSent ? invalidInput('', `a ${method} takes no body`) : '';
  return (await bodyRefusal(incoming)) ?? c.req.text();
}

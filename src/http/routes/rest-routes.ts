import { readFileSync } from 'node:fs';
import type { HttpBindings } from '@hono/node-server';
import { callTRPCProcedure } from '@trpc/server';
import { type Context, Hono } from 'hono';
import { type ApiServices, createContext } from '../../api/context.ts';
import { inputOf } from '../../api/rest-input.ts';
import { REST_PREFIX } from '../../contract/rest-paths.ts';
import { type RestMatch, RestRouter } from '../../api/rest-router.ts';
import { appRouter } from '../../api/router.ts';
import { invalidInput, refusalOf } from '../../api/wire-errors.ts';
import { refusalHeaders, wireRow, type WireRefusal } from '../../contract/wire-refusals.ts';
import { isEncoded, isJson } from '../listener/content-type.ts';
import type { OnFailure } from '../listener/failure-log.ts';
import { announcesBody, readBody } from '../listener/http-body.ts';
import { restError } from '../listener/wire-answer.ts';

export interface RestRoutesOptions {
  services: ApiServices;
  onFailure: OnFailure;
}

type RestContext = Context<{ Bindings: HttpBindings & { requestId: string } }>;

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/**
 * The procedures of the router as resources under `/api/v1`: plain JSON in, plain JSON out. trpc-to-openapi makes the
 * document of it; its handler is not used, as it would change the schemas that tRPC's own calls share.
 */
export function restRoutes(options: RestRoutesOptions) {
  const routes = new Hono<{ Bindings: HttpBindings & { requestId: string } }>();
  const resources = new RestRouter();
  let document: string | null = null;
  // A slash at the end makes no difference, as everywhere in REST.
  routes.on('ALL', ['/openapi.json', '/openapi.json/'], (c) => {
    if (c.req.method !== 'GET') return refuseRest(c, { reason: 'method_not_allowed', meta: {} }, 'GET');
    document ??= readFileSync(DOCUMENT, 'utf8');
    return c.body(document, 200, { 'content-type': 'application/json' });
  });
  routes.all('*', (c) => {
    const match = resources.match(new URL(c.req.url).pathname.slice(REST_PREFIX.length));
    return match ? answer(c, match, options) : refuseRest(c, { reason: 'not_found', meta: {} });
  });
  return routes;
}

async function answer(c: RestContext, { operations, fields }: RestMatch, options: RestRoutesOptions) {
  const operation = operations.get(c.req.method);
  if (!operation) return refuseRest(c, { reason: 'method_not_allowed', meta: {} }, [...operations.keys()].join(', '));
  const body = await bodyOf(c);
  if (typeof body !== 'string') return refuseRest(c, body);
  const { requestId } = c.env;
  const { headers, signal } = c.req.raw;
  const { procedure: path, type } = operation;
  try {
    const data: unknown = await callTRPCProcedure({
      router: appRouter,
      path,
      type,
      ctx: createContext(options.services, headers, requestId, c.env.incoming.socket),
      // The input is looked at once the procedure has let the caller in.
      getRawInput: async () => inputOf(operation, requestOf(c, fields, body)),
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

const requestOf = (c: RestContext, fields: Record<string, string>, body: string) => ({
  fields,
  query: new URL(c.req.url).searchParams,
  body,
  idempotencyKeys: c.env.incoming.headersDistinct['idempotency-key'] ?? [],
});

/** The body of a POST or PUT, empty for none; a GET or DELETE has none. */
async function bodyOf(c: RestContext): Promise<string | WireRefusal> {
  const { method } = c.req;
  const type = c.req.header('content-type');
  const isSent = announcesBody(c.env.incoming);
  const isUnread = type === undefined ? isSent : !isJson(type);
  if (isUnread || (isSent && isEncoded(c.env.incoming))) return { reason: 'unsupported_media_type', meta: {} };
  if (method !== 'POST' && method !== 'PUT') {
    return isSent ? invalidInput('', `a ${method} takes no body`) : '';
  }
  const problem = await readBody(c.env.incoming);
  if (problem === 'too_large') return { reason: 'payload_too_large', meta: {} };
  if (problem !== null)
    return invalidInput('', problem === 'not_utf8' ? 'the body is not UTF-8' : 'the body was cut off');
  return c.req.text();
}

export function refuseRest(c: RestContext, refusal: WireRefusal, allow?: string): Response {
  return new Response(JSON.stringify(restError(refusal, c.env.requestId)), {
    status: wireRow(refusal).httpStatus,
    headers: {
      'content-type': 'application/json',
      ...refusalHeaders([refusal]),
      ...(allow === undefined ? {} : { allow }),
    },
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import { serverTransformer } from '../api/transformer.ts';

import { corsOf } from './listener/cross-origin.ts';
import { FastPathAnswer, type FastPathShared } from './fast-path-answer.ts';
import { BODY_BYTES_MAX, hasBody, isJson, readText, whenRead } from './listener/http-body.ts';
import type { Handle } from './listener/http-server.ts';
import { procedureRunner, type RunProcedure } from './trpc-procedure-runner.ts';

const QUERY = '?input=';
/** A host that needs no parsing. All others are left to the adapter. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
/** An input without a second parameter, a fragment, or characters that have to be escaped in a URL. */
const PLAIN_INPUT = /^[!"$%'-~]*$/;
const UNREADABLE = Symbol('unreadable input');

interface FastPathOptions extends Omit<FastPathShared, 'corsFor'> {
  router: AnyTRPCRouter;
  corsOrigins: readonly string[];
}

interface FastPathCall {
  path: string;
  run: RunProcedure;
  /** The input of a query, still encoded. Null: the input is in the body. */
  query: string | null;
}

/**
 * Answers the usual request, one query or mutation, without the costs of the official adapter: a `Request`, a
 * `Response`, `Headers`, a walk through the router, middlewares and many promises. The answer is the same byte for
 * byte, which test/server/trpc-fast-path.test.ts checks. Passes all other requests to `next`: batches, subscriptions,
 * unusual headers and URLs, and unreadable inputs, so that only one place refuses those.
 */
export function fastPathFirst(options: FastPathOptions, next: Handle): Handle {
  const callOf = callFinder(options.router);
  const isPlain = plainCheck();
  const { services, onFailure, clients, corsOrigins } = options;
  const shared: FastPathShared = { services, onFailure, clients, corsFor: corsOf(corsOrigins) };
  const serve = (
    call: FastPathCall,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
  ): unknown => {
    const input = trpcInputOf(call, incoming);
    if (input === UNREADABLE) return next(incoming, outgoing, requestId);
    return new FastPathAnswer(shared, call.path, incoming, outgoing, requestId).begin(call.run, input);
  };
  return (incoming, outgoing, requestId) => {
    const call = callOf(incoming);
    if (!call || !isPlain(incoming, call)) return next(incoming, outgoing, requestId);
    if (call.query !== null || hasBody(incoming)) return serve(call, incoming, outgoing, requestId);
    const onBody = (problem: unknown): unknown =>
      problem ? next(incoming, outgoing, requestId) : serve(call, incoming, outgoing, requestId);
    return whenRead(incoming, onBody);
  };
}

/**
 * Returns a function that finds the procedure of a method and a URL, if the URL has the form that tRPC's clients use.
 */
function callFinder(router: AnyTRPCRouter): (incoming: IncomingMessage) => FastPathCall | null {
  const byMethod = { GET: new Map<string, FastPathCall>(), POST: new Map<string, FastPathCall>() };
  for (const [path, procedure] of Object.entries(router._def.procedures as Record<string, AnyTRPCProcedure>)) {
    const { type } = procedure._def;
    if (type === 'subscription') continue;
    const run = procedureRunner(path, procedure);
    byMethod[type === 'query' ? 'GET' : 'POST'].set(`/trpc/${path}`, { path, run, query: null });
  }
  return ({ method, url = '' }) => {
    if (method === 'POST') return byMethod.POST.get(url) ?? null;
    if (method !== 'GET') return null;
    const end = url.indexOf(QUERY);
    const call = byMethod.GET.get(end < 0 ? url : url.slice(0, end));
    if (!call) return null;
    const { path, run } = call;
    return { path, run, query: end < 0 ? '' : url.slice(end + QUERY.length) };
  };
}

/** Returns a check whether the adapter would read a request in the same way. */
function plainCheck(): (incoming: IncomingMessage, call: FastPathCall) => boolean {
  let lastHost: string | undefined;
  const isPlainHost = (host: string): boolean => PLAIN_HOST.test(host) && URL.canParse(`http://${host}`);
  return ({ headers, rawHeaders }, { query }) => {
    // Node and the adapter use different parts of a repeated header.
    if (Object.keys(headers).length * 2 !== rawHeaders.length) return false;
    // A request with one of these headers is not a plain one.
    if (headers['content-encoding'] !== undefined || headers.host === undefined) return false;
    if ((headers['transfer-encoding'] ?? headers.expect ?? headers['trpc-accept']) !== undefined) return false;
    const { host, accept, 'content-type': type, 'content-length': length } = headers;
    if (accept?.includes('application/jsonl')) return false;
    // Usually all requests have the same host.
    if (host && host !== lastHost && !isPlainHost(host)) return false;
    lastHost = host;
    if (query !== null) return type === undefined && length === undefined && PLAIN_INPUT.test(query);
    return type !== undefined && isJson(type) && length !== undefined && Number(length) <= BODY_BYTES_MAX;
  };
}

/** Returns the input, or `UNREADABLE`. The adapter then refuses the request; nothing has been done yet. */
function trpcInputOf({ query }: FastPathCall, incoming: IncomingMessage): unknown {
  if (query === '') return undefined;
  try {
    const text = query === null ? readText(incoming) : decodeURIComponent(query.replaceAll('+', ' '));
    return serverTransformer.input.deserialize(JSON.parse(text));
  } catch {
    return UNREADABLE;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import { serverTransformer } from '../api/transformer.ts';

import { corsOf } from './listener/cross-origin.ts';
import { type AnswerEdge, DirectAnswer } from './direct-answer.ts';
import { BODY_BYTES_MAX, hasBody, isJson, readText, whenRead } from './listener/http-body.ts';
import type { Handle } from './listener/http-server.ts';
import { procedureRunner, type RunProcedure } from './procedure-run.ts';

const VARY = 'trpc-accept, accept';
const QUERY = '?input=';
/** A host that means what it says: whatever needs a closer look is left to the adapter. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
/** No second parameter, no fragment, and nothing that a URL may not hold as it is. */
const PLAIN_INPUT = /^[!"$%'-~]*$/;
const UNREADABLE = Symbol('an input that cannot be read');

export interface DirectLaneOptions extends Omit<AnswerEdge, 'corsFor'> {
  router: AnyTRPCRouter;
  corsOrigins: readonly string[];
}

interface Call {
  path: string;
  run: RunProcedure;
  /** Of a query, still encoded. Null: the input is the body. */
  query: string | null;
}

/**
 * Answers the common request, one query or mutation, without what the official adapter takes for it: a `Request`, a
 * `Response`, `Headers`, a router's walk, middlewares and many promises. The procedure runs as it does there, and the answer
 * is the adapter's, byte for byte; test/server/direct-lane.test.ts compares them. All else is left to `next`: batches,
 * subscriptions, unusual headers and URLs, and every input that cannot be read, so that one place alone refuses those.
 */
export function directFirst(options: DirectLaneOptions, next: Handle): Handle {
  const callOf = callFinder(options.router);
  const isPlain = plainCheck();
  const { services, onFailure, corsOrigins } = options;
  const edge: AnswerEdge = { services, onFailure, corsFor: corsOf(corsOrigins, VARY) };
  const serve = (call: Call, incoming: IncomingMessage, outgoing: ServerResponse, requestId: string): unknown => {
    const input = inputOf(call, incoming);
    if (input === UNREADABLE) return next(incoming, outgoing, requestId);
    return new DirectAnswer(edge, call.path, incoming, outgoing, requestId).begin(call.run, input);
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

/** Finds the procedure that a method and a URL name, in the one way in which clients write it. */
function callFinder(router: AnyTRPCRouter): (incoming: IncomingMessage) => Call | null {
  const byMethod = { GET: new Map<string, Call>(), POST: new Map<string, Call>() };
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

/** Whether the adapter would read a request as it stands. */
function plainCheck(): (incoming: IncomingMessage, call: Call) => boolean {
  let lastHost: string | undefined;
  const isPlainHost = (host: string): boolean => PLAIN_HOST.test(host) && URL.canParse(`http://${host}`);
  return ({ headers, rawHeaders }, { query }) => {
    // Of a header that stands twice, Node and the adapter take different parts.
    if (Object.keys(headers).length * 2 !== rawHeaders.length) return false;
    // With one of these a request is not the plain one of a caller.
    if (headers['content-encoding'] !== undefined || headers.host === undefined) return false;
    if ((headers['transfer-encoding'] ?? headers.expect ?? headers['trpc-accept']) !== undefined) return false;
    const { host, accept, 'content-type': type, 'content-length': length } = headers;
    if (accept?.includes('application/jsonl')) return false;
    // All callers ask the same host.
    if (host && host !== lastHost && !isPlainHost(host)) return false;
    lastHost = host;
    if (query !== null) return type === undefined && length === undefined && PLAIN_INPUT.test(query);
    return type !== undefined && isJson(type) && length !== undefined && Number(length) <= BODY_BYTES_MAX;
  };
}

/** Nothing has happened when there is none: what is wrong with it is the adapter's to say. */
function inputOf({ query }: Call, incoming: IncomingMessage): unknown {
  if (query === '') return undefined;
  try {
    const text = query === null ? readText(incoming) : decodeURIComponent(query.replaceAll('+', ' '));
    return serverTransformer.input.deserialize(JSON.parse(text));
  } catch {
    return UNREADABLE;
  }
}

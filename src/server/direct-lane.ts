import type { IncomingMessage } from 'node:http';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import { type ApiServices, createContext } from '../api/context.ts';
import { serverTransformer } from '../api/transformer.ts';
import { refusalOf, wireError } from '../api/wire-errors.ts';
import { refusalHeaders, wireRow } from '../api/wire-refusals.ts';
import { isJson } from './content-type.ts';
import { corsOf } from './cross-origin.ts';
import type { OnFailure } from './failure-log.ts';
import { BODY_BYTES_MAX, readText, whenRead } from './http-body.ts';
import { answerHeaders, type Handle } from './http-server.ts';
import { procedureRunner, type RunProcedure } from './procedure-run.ts';

const VARY = 'trpc-accept, accept';
const QUERY = '?input=';
/** A host that means what it says: whatever needs a closer look is left to the adapter. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
/** No second parameter, no fragment, and nothing that a URL may not hold as it is. */
const PLAIN_INPUT = /^[!"$%'-~]*$/;
const UNREADABLE = Symbol('an input that cannot be read');

export interface DirectLaneOptions {
  router: AnyTRPCRouter;
  services: ApiServices;
  corsOrigins: readonly string[];
  onFailure: OnFailure;
}

interface Call {
  path: string;
  run: RunProcedure;
  /** Of a query, still encoded. Null: the input is the body. */
  query: string | null;
}

/**
 * Answers the common request, one query or mutation, without what the official adapter takes for it: a `Request`, a
 * `Response`, `Headers`, a router's walk and several promises. The procedure runs as it does there, and the answer is
 * the adapter's, byte for byte; test/server/direct-lane.test.ts compares them. All else is left to `next`: batches,
 * subscriptions, unusual headers and URLs, and every input that cannot be read, so that one place alone refuses those.
 */
export function directFirst(options: DirectLaneOptions, next: Handle): Handle {
  const callOf = callFinder(options.router);
  const isPlain = plainCheck();
  const corsFor = corsOf(options.corsOrigins, VARY);
  const serve = async (call: Call, ...[incoming, outgoing, requestId]: Parameters<Handle>): Promise<void> => {
    const input = inputOf(call, incoming);
    if (input === UNREADABLE) return void next(incoming, outgoing, requestId);
    const { status, body, refused } = await answerOf(call, input, incoming, requestId, options);
    const { exposed, vary } = corsFor(incoming.headers.origin ?? '');
    // In one array: set one by one, Node keeps a table of them first.
    const headers = answerHeaders(requestId);
    for (const [name, value] of exposed) headers.push(name, value);
    headers.push('content-type', 'application/json');
    // In the order in which the adapter sends them.
    if (refused['retry-after'] !== undefined) headers.push('retry-after', refused['retry-after']);
    headers.push('vary', vary);
    if (refused['www-authenticate'] !== undefined) headers.push('www-authenticate', refused['www-authenticate']);
    headers.push('Content-Length', String(Buffer.byteLength(body)));
    outgoing.writeHead(status, headers).end(body);
  };
  return (incoming, outgoing, requestId) => {
    const call = callOf(incoming);
    if (!call || !isPlain(incoming, call)) return next(incoming, outgoing, requestId);
    if (call.query !== null) return serve(call, incoming, outgoing, requestId);
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
    const run = procedureRunner(procedure);
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

interface DirectAnswer {
  status: number;
  body: string;
  refused: ReturnType<typeof refusalHeaders>;
}

async function answerOf(
  { path, run, query }: Call,
  input: unknown,
  { headers, socket }: IncomingMessage,
  requestId: string,
  { services, onFailure }: DirectLaneOptions,
): Promise<DirectAnswer> {
  const { serialize } = serverTransformer.output;
  try {
    const data = await run({
      path,
      ctx: createContext(services, { get: (name) => (headers[name] as string | undefined) ?? null }, requestId, socket),
      getRawInput: () => Promise.resolve(input),
      type: query === null ? 'mutation' : 'query',
    });
    return { status: 200, body: JSON.stringify({ result: { data: serialize(data) } }), refused: {} };
  } catch (error) {
    const refusal = refusalOf(error, requestId);
    onFailure({ error, reason: refusal.reason, requestId, path });
    const body = JSON.stringify({ error: serialize(wireError(refusal, path)) });
    return { status: wireRow(refusal).httpStatus, body, refused: refusalHeaders([refusal]) };
  }
}

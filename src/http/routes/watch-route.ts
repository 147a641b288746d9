import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiServices } from '../../api/callers/context.ts';
import { SSE } from '../../api/procedures.ts';
import { INPUTS } from '../../contract/inputs/inputs.ts';
import { serverTransformer } from '../../api/transformer.ts';
import type { Holdfast } from '../../shop/holdfast.ts';
import type { Subscription } from '../../shop/watch/stock-watch.ts';
import type { StockUpdate } from '../../shop/watch/watched-sku.ts';
import type { Clients } from '../listener/clients.ts';
import { EventStream } from './event-stream.ts';
import { corsOf, type CrossOrigin } from '../listener/cross-origin.ts';
import type { Handle } from '../listener/http-server.ts';
import { Heartbeat } from './heartbeat.ts';

const WATCH_PATH = '/trpc/stock.watch';
const PATH_AND_QUERY = `${WATCH_PATH}?`;
/** The headers that tRPC sends. */
const EVENT_HEADERS = Object.entries({
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
});
const CONNECTED = Buffer.from(`event: connected\ndata: ${JSON.stringify(SSE.client)}\n\n\n`);
/** A request with one of these headers is not a plain subscription. */
const UNUSUAL_HEADERS = ['trpc-accept', 'content-type', 'content-length', 'transfer-encoding'];

interface WatchRouteOptions {
  services: { holdfast: Pick<Holdfast, 'watch' | 'sessions'> } & Pick<ApiServices, 'observeCall' | 'sessions'>;
  corsOrigins: readonly string[];
  clients: Clients;
}

/**
 * Serves `GET /trpc/stock.watch` in the frames of tRPC's adapter. The adapter would keep a generator, a chain of
 * streams and a timer for each subscriber, and would serialize each update for each of them. Passes to `next` every
 * request that is not a plain, valid subscription, and those of blocked clients and beyond the maximum, which `next`
 * refuses as tRPC does.
 */
export function watchFirst(options: WatchRouteOptions, next: Handle): Handle {
  const { holdfast, observeCall, sessions } = options.services;
  const corsFor = corsOf(options.corsOrigins);
  const heartbeat = new Heartbeat(SSE.ping.intervalMs);
  return (incoming, outgoing, requestId) => {
    const skus = requestedSkus(incoming);
    const client = options.clients.of(incoming);
    const session = sessions.open(sessionIdIn(incoming), client);
    if (!skus || sessions.isBlocked(session, client)) return next(incoming, outgoing, requestId);
    const start = performance.now();
    const stream = new EventStream(outgoing, frameOf);
    let subscription: Subscription;
    try {
      subscription = holdfast.watch.subscribe(skus, stream, client ?? null);
    } catch {
      return next(incoming, outgoing, requestId);
    }
    // The URL may have 8 KiB, would be kept as long as the connection, and is not read again.
    incoming.url = WATCH_PATH;
    beginStream(outgoing, corsFor(incoming.headers.origin ?? ''));
    heartbeat.add(stream);
    outgoing.on('drain', () => subscription.resume());
    const forget = holdfast.sessions.onDenials(() => {
      if (!sessions.isDenied(session, client)) return;
      subscription.close();
      stream.end();
    });
    outgoing.once('close', () => {
      forget();
      subscription.close();
      heartbeat.remove(stream);
    });
    const from = { requestId, session, client };
    observeCall({ path: 'stock.watch', outcome: 'ok', ms: performance.now() - start, from });
    return undefined;
  };
}

function beginStream(outgoing: ServerResponse, { exposed, vary }: CrossOrigin): void {
  for (const [name, value] of EVENT_HEADERS) outgoing.setHeader(name, value);
  outgoing.setHeader('vary', vary);
  for (const [name, value] of exposed) outgoing.setHeader(name, value);
  outgoing.write(CONNECTED);
}

function sessionIdIn({ headers }: IncomingMessage): string | null {
  const sessionId = headers['x-session-id'];
  return typeof sessionId === 'string' ? sessionId : null;
}

/** Returns null if tRPC would read the request differently, or refuse it. */
function requestedSkus({ method, url, headers }: IncomingMessage): readonly string[] | null {
  if (method !== 'GET' || !url?.startsWith(PATH_AND_QUERY)) return null;
  if (UNUSUAL_HEADERS.some((name) => headers[name] !== undefined)) return null;
  if (headers.accept?.includes('application/jsonl')) return null;
  const query = new URLSearchParams(url.slice(PATH_AND_QUERY.length));
  const input = query.get('input');
  if (!input || query.has('batch')) return null;
  try {
    const parsed = INPUTS['stock.watch'].safeParse(serverTransformer.input.deserialize(JSON.parse(input)));
    return parsed.success ? parsed.data.skus : null;
  } catch {
    return null;
  }
}

const frames = new WeakMap<StockUpdate, Buffer>();

/** Returns the frame of an update. It is built once for all subscribers. */
function frameOf(update: StockUpdate): Buffer {
  const known = frames.get(update);
  if (known) return known;
  const data = JSON.stringify(serverTransformer.output.serialize(update));
  const frame = Buffer.from(`data: ${data}\nid: ${update.version}\n\n\n`);
  frames.set(update, frame);
  return frame;
}

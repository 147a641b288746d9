import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { ApiServices } from '../api/context.ts';
import { SSE } from '../api/procedures.ts';
import { stockWatch } from '../api/schemas.ts';
import { serverTransformer } from '../api/transformer.ts';
import type { Subscription } from '../service/watch/stock-watch.ts';
import type { StockUpdate } from '../service/watch/watched-sku.ts';
import { EventStream } from './event-stream.ts';
import { Pulse } from './pulse.ts';

type WatchContext = Context<{ Bindings: HttpBindings & { requestId: string } }>;

/** What tRPC sends of its own accord, and says with it. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
  vary: 'trpc-accept, accept, origin',
};
const CONNECTED = Buffer.from(`event: connected\ndata: ${JSON.stringify(SSE.client)}\n\n\n`);

/**
 * `GET /trpc/stock.watch` in the frames of tRPC's own adapter, which would keep a generator, a chain of streams and a
 * timer for each subscriber, and serialise each update for each of them. Null for whatever is not a plain, valid
 * subscription that there is room for: tRPC answers that, and refuses it in its own way.
 */
export function watchRoute({ holdfast, observeCall }: ApiServices): (c: WatchContext) => Response | null {
  const pulse = new Pulse(SSE.ping.intervalMs);
  return (c) => {
    const start = performance.now();
    const skus = skusAskedFor(c);
    if (!skus) return null;
    const { outgoing } = c.env;
    if (outgoing.closed) return RESPONSE_ALREADY_SENT;
    const stream = new EventStream(outgoing, frameOf);
    let subscription: Subscription;
    try {
      subscription = holdfast.watch.subscribe(skus, stream);
    } catch {
      return null;
    }
    begin(outgoing, c.res.headers);
    pulse.add(stream);
    outgoing.on('drain', () => subscription.resume());
    outgoing.once('close', () => {
      subscription.close();
      pulse.remove(stream);
    });
    observeCall({ path: 'stock.watch', outcome: 'ok', ms: performance.now() - start });
    return RESPONSE_ALREADY_SENT;
  };
}

/** `shared` are the headers that every answer of the application has. */
function begin(outgoing: ServerResponse, shared: Headers): void {
  for (const [name, value] of shared) outgoing.setHeader(name, value);
  for (const [name, value] of Object.entries(HEADERS)) outgoing.setHeader(name, value);
  outgoing.write(CONNECTED);
}

/** Null where tRPC would read the request in any other way, or refuse it. */
function skusAskedFor(c: WatchContext): readonly string[] | null {
  if (c.req.query('batch') !== undefined || c.req.header('trpc-accept') !== undefined) return null;
  if (c.req.header('accept')?.includes('application/jsonl')) return null;
  const input = c.req.query('input');
  if (!input) return null;
  try {
    const parsed = stockWatch.safeParse(serverTransformer.input.deserialize(JSON.parse(input)));
    return parsed.success ? parsed.data.skus : null;
  } catch {
    return null;
  }
}

const frames = new WeakMap<StockUpdate, Buffer>();

/** Made once for all who are sent the update. */
function frameOf(update: StockUpdate): Buffer {
  const known = frames.get(update);
  if (known) return known;
  const data = JSON.stringify(serverTransformer.output.serialize(update));
  const frame = Buffer.from(`data: ${data}\nid: ${update.version}\n\n\n`);
  frames.set(update, frame);
  return frame;
}

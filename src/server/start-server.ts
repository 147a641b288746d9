import { FillWatch } from '../health/fill-watch.ts';
import { randomBytes } from 'node:crypto';
import { createHoldfast, type Holdfast, type HoldfastOptions } from '../shop/holdfast.ts';
import { ALWAYS_LEADING, type Leadership } from '../store/leadership.ts';
import type { Store } from '../store/store.ts';
import { createHttpSender } from '../adapters/http-sender.ts';
import type { Config } from './config.ts';
import { settingsOf } from './configured-settings.ts';
import type { Foundations } from './foundations.ts';
import { createRequestHandling, type RequestHandling } from './request-handling.ts';
import { steadyNow } from './steady-now.ts';
import type { Log } from '../transact/log.ts';
import { connectionsMax, DropWatch } from '../http/listener/connection-bound.ts';
import { DescriptorWatch } from '../health/descriptor-watch.ts';
import type { Limiter } from '../http/limits/limiter.ts';
import { type Handle, HttpServer } from '../http/listener/http-server.ts';
import { LeadWatch } from '../health/lead-watch.ts';
import { Metrics } from './metrics.ts';
import { lastHealthOf, Readiness } from '../health/readiness.ts';
import { meterStore } from '../store/store-meter.ts';

/** From the beginning of the shutdown. Supervisors usually wait 10 seconds. */
const SERVER_CLOSE_MS_MAX = 9_000;

export interface RunningServer extends AsyncDisposable {
  url: string;
  port: number;
  /** The configured key, or the one generated at start. */
  operatorKey: string;
  holdfast: Holdfast;
  metrics: Metrics;
  readiness: Readiness;
  /** Answers a request as the server's own listener does. */
  handle: Handle;
  /** Stops accepting connections, answers the requests in flight, flushes and closes the store. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server on an open store. The server owns the store from then on, even if the start fails. Rejects if it
 * cannot listen on the address.
 */
export async function startServer(config: Config, foundations: Foundations, log: Log): Promise<RunningServer> {
  const { store, leadership = ALWAYS_LEADING, lostSequences = () => 0, clock: now = steadyNow } = foundations;
  const [metrics, readiness] = [new Metrics(lostSequences), new Readiness(store, log)];
  const fill = new FillWatch(lastHealthOf(store, readiness), log, config.STORE_FULL_PERCENT);
  const metered = meterStore(store, { ...metrics.store, wrote: readiness.noteWrite });
  const base = { store: metered, leadership, log, now, isFull: () => fill.isFull };
  const holdfast = createHoldfast({ ...base, ...holdfastOptionsOf(config, foundations) });
  const operatorKey = config.OPERATOR_KEY ?? `op_${randomBytes(24).toString('base64url')}`;
  const rootKeys = [operatorKey, ...previousOf(config)];
  const parts = { holdfast, rootKeys, now, wall: foundations.clock, metrics, readiness, fill: () => fill.ratio, log };
  const handling = createRequestHandling(config, foundations, parts);
  const { admitted, limiter } = handling;
  const drops = new DropWatch(log);
  const http = httpServerOf(config, { log, drops, handling });
  metrics.watch(holdfast.stats, () => http.inFlight - holdfast.watch.counts.watchSubscribers, admitted.admission);
  const watches = startWatches({ store, fill, leadership, drops, log, metrics, readiness, limiter });
  const close = closeOnce(http, holdfast, store, log, [readiness.close, watches.stop, handling.close]);
  try {
    await readiness.start();
    await foundations.prepare?.(holdfast);
    const port = await http.listen();
    holdfast.expiry.start();
    const url = urlOf(config.HOST, port);
    const { handle } = handling;
    return { url, port, operatorKey, holdfast, metrics, readiness, handle, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ServerParts {
  log: Log;
  drops: DropWatch;
  handling: RequestHandling;
}

function httpServerOf(
  { HOST: host, PORT: port, MAX_CONNECTIONS }: Config,
  { log, drops, handling: { handle, admitted, observe } }: ServerParts,
): HttpServer {
  const { accepted: onConnection } = admitted;
  const maxConnections = connectionsMax(MAX_CONNECTIONS, log);
  return new HttpServer({ host, port, maxConnections, onConnection, onDrop: drops.note, observe, handle });
}

interface WatchedResources {
  fill: FillWatch;
  leadership: Leadership;
  drops: DropWatch;
  log: Log;
  metrics: Metrics;
}

interface WatchedParts extends WatchedResources {
  store: Store;
  readiness: Readiness;
  limiter: Limiter | null;
}

/** Starts the periodic checks of the server's resources. Each of them logs warnings. */
function startWatches(resources: WatchedParts): { stop: () => void } {
  const { store, fill, leadership, drops, log, metrics, readiness, limiter } = resources;
  metrics.watchLimits(() => limiter?.refused ?? {});
  metrics.watchClock(() => store.clockStats);
  metrics.watchReadiness(() => readiness.verdict.ready);
  metrics.watchFill(() => fill.ratio);
  metrics.watchLead(() => leadership.isLeading);
  metrics.watchDrops(() => drops.dropped);
  const watches = [fill, drops, new LeadWatch(leadership, log), new DescriptorWatch(log)];
  for (const watch of watches) watch.start();
  return {
    stop: () => {
      for (const watch of watches) watch.stop();
    },
  };
}

const holdfastOptionsOf = (
  config: Config,
  { admit, sharedNotes, webhookSender }: Foundations,
): Partial<HoldfastOptions> => ({
  admit,
  sharedNotes,
  settings: settingsOf(config),
  dataKeys: { key: config.DATA_KEY, previousKey: config.DATA_KEY_PREVIOUS },
  webhooks: { sender: webhookSender ?? createHttpSender({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE === 'yes' }) },
});

const previousOf = ({ OPERATOR_KEY_PREVIOUS: previous }: Config): string[] =>
  previous === undefined ? [] : [previous];

/**
 * Returns a close that stops accepting calls, answers the accepted ones, and then closes the services and the store.
 * All acknowledged writes are durable by then, so nothing is lost if a store that does not respond is left after
 * `CLOSE_MS_MAX`.
 */
function closeOnce(
  http: HttpServer,
  holdfast: Holdfast,
  store: Store,
  log: Log,
  endings: (() => void)[],
): () => Promise<void> {
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const start = performance.now();
    const quiet = holdfast.expiry.stop();
    // Imports end early. The last line of their answer says how many rows were applied.
    void holdfast.bulk.stop();
    // Subscriptions do not end by themselves.
    void holdfast.watch.close();
    for (const end of endings) end();
    await http.close();
    const gone = quiet.then(() => holdfast.close()).then(() => store.close());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SERVER_CLOSE_MS_MAX - (performance.now() - start));
    }).then(() => log.warn({}, 'closed without waiting any longer for the store, which does not answer'));
    await Promise.race([gone, late]).finally(() => clearTimeout(timer));
  };
  return () => (closed ??= close());
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

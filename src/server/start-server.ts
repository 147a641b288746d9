import { randomBytes } from 'node:crypto';
import { DescriptorWatch } from '../health/descriptor-watch.ts';
import type { Readiness } from '../health/readiness.ts';
import { RequestAdmission } from '../http/admission/admit-first.ts';
import { connectionsMax, DropWatch } from '../http/listener/connection-bound.ts';
import { type Handle, HttpServer } from '../http/listener/http-server.ts';
import type { Holdfast } from '../shop/holdfast.ts';
import type { Log } from '../transact/log.ts';
import type { Config } from './settings/config.ts';
import type { Foundations } from './shops/foundations.ts';
import type { Metrics } from './observability/metrics.ts';
import { createShopService, type ShopService } from './shops/shop-service.ts';
import { openSeveralShops, type SeveralShops } from './shops/several-shops.ts';

/** How long the shutdown may take. Supervisors usually wait 10 seconds. */
const SERVER_CLOSE_MS_MAX = 9_000;

export interface RunningServer extends AsyncDisposable {
  url: string;
  port: number;
  /** The configured key, or the one generated at start. */
  operatorKey: string;
  /** The shop of `SHOP`. */
  holdfast: Holdfast;
  metrics: Metrics;
  readMetrics: Metrics['read'];
  readiness: Readiness;
  /** Answers a request as the server's own listener does. */
  handle: Handle;
  /** Stops accepting connections, answers the requests in flight, flushes and closes the store. Idempotent. */
  close(): Promise<void>;
}

/** Opens the dependencies of another shop, whose configuration is given. */
export type OpenFoundations = (config: Config) => Promise<Foundations>;

/**
 * Starts a server on an open store. The server owns the store from then on, even if the start fails. With `SHOPS` it
 * opens the stores of the other shops with `openOther`. Rejects if it cannot listen on the address.
 */
export async function startServer(
  config: Config,
  foundations: Foundations,
  log: Log,
  openOther?: OpenFoundations,
): Promise<RunningServer> {
  const operatorKey = config.OPERATOR_KEY ?? `op_${randomBytes(24).toString('base64url')}`;
  const entrance = new RequestAdmission({ waitMaxMs: config.WAIT_MAX_MS });
  const parts = { entrance, rootKeys: [operatorKey, ...previousOf(config)], log };
  const open = openOther && config.SHOPS !== undefined ? openOther : null;
  const shops = open ? openSeveralShops(config, foundations, { ...parts, openOther: open }) : null;
  const main = shops?.main ?? createShopService(config, foundations, { ...parts, inFlight: () => http.inFlight });
  const { holdfast, metrics, readiness } = main;
  const drops = new DropWatch(log);
  const served = shops ?? { handle: main.handle, observe: main.observe, readMetrics: metrics.read };
  const http = httpServerOf(config, { log, drops, entrance, served });
  metrics.watchDrops(() => drops.dropped);
  const watches = [drops, new DescriptorWatch(log)];
  for (const watch of watches) watch.start();
  const close = closeServerOnce({
    http,
    main,
    shops,
    entrance,
    log,
    endings: watches.map((watch) => () => watch.stop()),
  });
  try {
    await main.start();
    const port = await http.listen();
    shops?.start();
    const { handle, readMetrics } = served;
    const [url, running] = [urlOf(config.HOST, port), { operatorKey, holdfast, metrics, readMetrics, readiness }];
    return { url, port, ...running, handle, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ListenerParts {
  log: Log;
  drops: DropWatch;
  entrance: RequestAdmission;
  served: Pick<SeveralShops, 'handle' | 'observe'>;
}

function httpServerOf(
  { HOST: host, PORT: port, MAX_CONNECTIONS }: Config,
  { log, drops, entrance, served: { handle, observe } }: ListenerParts,
): HttpServer {
  const maxConnections = connectionsMax(MAX_CONNECTIONS, log);
  const { accepted: onConnection } = entrance;
  const hasStalled = (): boolean => entrance.isStale();
  return new HttpServer({ host, port, maxConnections, onConnection, hasStalled, onDrop: drops.note, observe, handle });
}

const previousOf = ({ OPERATOR_KEY_PREVIOUS: previous }: Config): string[] =>
  previous === undefined ? [] : [previous];

interface ClosedParts {
  http: HttpServer;
  main: ShopService;
  shops: SeveralShops | null;
  entrance: RequestAdmission;
  log: Log;
  endings: readonly (() => void)[];
}

/**
 * Returns a close that stops accepting calls, answers the accepted ones, and then closes the services and the stores.
 * All acknowledged writes are durable by then, so nothing is lost if the shutdown stops waiting for a store that does
 * not respond, after `SERVER_CLOSE_MS_MAX`.
 */
function closeServerOnce({ http, main, shops, entrance, log, endings }: ClosedParts): () => Promise<void> {
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const start = performance.now();
    shops?.stop();
    main.stop();
    for (const end of endings) end();
    entrance.close();
    await http.close();
    const gone = Promise.all([main.close(), shops?.close()]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SERVER_CLOSE_MS_MAX - (performance.now() - start));
    }).then(() => log.warn({}, 'the shutdown no longer waits for the store, which does not answer'));
    await Promise.race([gone, late]).finally(() => clearTimeout(timer));
  };
  return () => (closed ??= close());
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

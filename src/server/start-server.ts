import { FillWatch } from '../health/fill-watch.ts';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { ApiServices } from '../api/context.ts';
import { appRouter } from '../api/router.ts';
import { KeyRing } from '../api/key-ring.ts';
import { Sessions } from '../api/sessions.ts';
import type { PaymentAdapter } from '../adapters/payment-adapter.ts';
import { PaymentNoticeHandler } from '../adapters/payment-notice-handler.ts';
import type { Admit } from '../shop/cart/sku-admission.ts';
import { createHoldfast, type Holdfast, type HoldfastOptions } from '../shop/holdfast.ts';
import { ALWAYS_LEADING, type Leadership } from '../store/leadership.ts';
import { SYSTEM_MONOTONIC } from '../store/time/monotonic.ts';
import { SteadyClock } from '../store/time/steady-clock.ts';
import type { Store } from '../store/store.ts';
import { createHttpSender } from '../adapters/http-sender.ts';
import type { OpenedStore, SharedCounter } from '../store/opened-store.ts';
import type { Config } from './config.ts';
import { settingsOf } from './configured-settings.ts';
import { type Admitted, admitFirst } from '../http/admission/admit-first.ts';
import { Clients } from '../http/listener/clients.ts';
import { withKeyCheck } from '../http/admission/key-check.ts';
import { type WrongKeyLog, wrongKeysOf } from '../http/admission/wrong-key-log.ts';
import { withFreshSessions } from '../http/admission/fresh-sessions.ts';
import { networksOf } from '../http/listener/client-address.ts';
import { connectionsMax, DropWatch } from '../http/listener/connection-bound.ts';
import { DescriptorWatch } from '../health/descriptor-watch.ts';
import { Limiter, type LimiterOptions } from '../http/limits/limiter.ts';
import { fastPathFirst } from '../http/trpc-fast-path.ts';
import { failureLog } from '../http/listener/failure-log.ts';
import { createHttpApp, requestListener } from '../http/http-app.ts';
import { type HttpAnswer, HttpServer, withAnswerHeaders } from '../http/listener/http-server.ts';
import { LeadWatch } from '../health/lead-watch.ts';
import { Metrics } from './metrics.ts';
import { withOneHost } from '../http/one-host.ts';
import { lastHealthOf, Readiness } from '../health/readiness.ts';
import { meterStore } from '../health/store-meter.ts';
import { watchFirst } from '../http/routes/watch-route.ts';

/**
 * The clock for decisions of this process alone, such as the end of a session. Steps of the wall clock do not affect
 * it.
 */
const steadyClock = new SteadyClock({ wall: Date.now, monotonic: SYSTEM_MONOTONIC });
const steadyNow = (): number => steadyClock.now();
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
  /** Stops accepting connections, answers the requests in flight, flushes and closes the store. Idempotent. */
  close(): Promise<void>;
}

/** The dependencies of a server. */
interface Foundations {
  store: Store;
  leadership?: Leadership | undefined;
  backup?: OpenedStore['backup'];
  /** Shares the counts of rate limits with other processes. */
  sharedCounter?: SharedCounter | undefined;
  /** Returns the number of acknowledged writes that the store has lost. */
  lostSequences?: (() => number) | undefined;
  /** The providers whose messages arrive under /payments. */
  payments?: readonly PaymentAdapter[];
  /** Admits sessions to protected SKUs. */
  admit?: Admit | undefined;
}

const UNKNOWN_CLIENT =
  'calls come from a loopback or private address without a trusted header: caps and limits by client do not apply to them, see TRUST_PROXY';

/** Returns the origins of pages that may call, the names of clients, and who may read the metrics. */
const originsOf = ({ CORS_ORIGINS, TRUST_PROXY, METRICS, NODE_ENV }: Config, readiness: Readiness) => ({
  corsOrigins: CORS_ORIGINS,
  monitoring: METRICS ?? (NODE_ENV === 'production' ? ('private' as const) : ('public' as const)),
  clients: new Clients({
    trusted: networksOf(TRUST_PROXY),
    onUnknown: () => readiness.note(UNKNOWN_CLIENT),
  }),
});

/**
 * Starts a server on an open store. The server owns the store from then on, even if the start fails. Rejects if it
 * cannot listen on the address.
 */
export async function startServer(config: Config, foundations: Foundations, log: Logger): Promise<RunningServer> {
  const { store, leadership = ALWAYS_LEADING, lostSequences = () => 0, admit } = foundations;
  const [metrics, readiness] = [new Metrics(lostSequences), new Readiness(store, log)];
  const fill = new FillWatch(lastHealthOf(store, readiness), log, config.STORE_FULL_PERCENT);
  const metered = meterStore(store, { ...metrics.store, wrote: readiness.noteWrite });
  const holdfast = holdfastOf(config, { store: metered, leadership, admit, log, isFull: () => fill.isFull });
  const operatorKey = config.OPERATOR_KEY ?? `op_${randomBytes(24).toString('base64url')}`;
  const services = servicesOf(config, operatorKey, holdfast, metrics);
  const edge = { router: appRouter, services, ...originsOf(config, readiness), onFailure: failureLog(log) };
  const app = createHttpApp({ ...edge, ...routesOf(foundations, { holdfast, metrics, readiness, log }) });
  const slowPath = withAnswerHeaders(withOneHost(watchFirst(edge, requestListener(app))));
  const calls = withFreshSessions(holdfast.sessions, fastPathFirst(edge, slowPath));
  const limiter = limiterOf(config, { clients: edge.clients, counter: foundations.sharedCounter, log });
  const admitted = admitFirst({ ...edge, limiter, waitMaxMs: config.WAIT_MAX_MS }, calls);
  const drops = new DropWatch(log);
  const wrongKeys = wrongKeysOf(holdfast.events, edge.clients, log);
  const http = httpServerOf(config, { log, metrics, drops, admitted, wrongKeys, keys: services.keys });
  metrics.watch(holdfast.stats, () => http.inFlight - holdfast.watch.counts.watchSubscribers, admitted.admission);
  const watches = startWatches({ store, fill, leadership, drops, log, metrics, readiness, limiter });
  const close = closeOnce(http, holdfast, store, log, [readiness.close, watches.stop, wrongKeys.close, admitted.close]);
  try {
    await readiness.start();
    const port = await http.listen();
    holdfast.expiry.start();
    const url = urlOf(config.HOST, port);
    return { url, port, operatorKey, holdfast, metrics, readiness, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns what the routes of backups, payments, health and metrics use. */
const routesOf = (
  { backup, payments = [] }: Foundations,
  { holdfast, metrics, readiness, log }: Pick<RunningServer, 'holdfast' | 'metrics' | 'readiness'> & { log: Logger },
) => ({
  log,
  readiness: () => readiness.verdict,
  metrics: metrics.read,
  backup,
  payments: { adapters: payments, handler: new PaymentNoticeHandler(holdfast, log), observe: metrics.observePayment },
});

const limiterOf = (config: Config, parts: Omit<LimiterOptions, 'perMinute'>): Limiter | null =>
  config.RATE_LIMITS === 'off' ? null : new Limiter({ ...parts, perMinute: rateSettingsOf(config) });

const rateSettingsOf = (config: Config): LimiterOptions['perMinute'] => ({
  read: config.RATE_READS_MAX,
  change: config.RATE_CHANGES_MAX,
  checkout: config.RATE_CHECKOUTS_MAX,
  session: config.RATE_SESSIONS_MAX,
  wrongKey: config.RATE_WRONG_KEYS_MAX,
});

interface ServerParts {
  log: Logger;
  metrics: Metrics;
  drops: DropWatch;
  admitted: Admitted;
  keys: KeyRing;
  wrongKeys: WrongKeyLog;
}

function httpServerOf(
  { HOST: host, PORT: port, MAX_CONNECTIONS }: Config,
  { log, metrics, drops, admitted, keys, wrongKeys }: ServerParts,
): HttpServer {
  const { accepted: onConnection } = admitted;
  const handle = withKeyCheck({ keys, onWrongKey: wrongKeys.note }, admitted.handle);
  const maxConnections = connectionsMax(MAX_CONNECTIONS, log);
  const observe = observeAnswers(metrics, log);
  return new HttpServer({ host, port, maxConnections, onConnection, onDrop: drops.note, observe, handle });
}

interface WatchedResources {
  fill: FillWatch;
  leadership: Leadership;
  drops: DropWatch;
  log: Logger;
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

const holdfastOf = (
  config: Config,
  base: Pick<HoldfastOptions, 'store' | 'leadership' | 'admit' | 'isFull'> & { log: Logger },
): Holdfast =>
  createHoldfast({
    ...base,
    settings: settingsOf(config),
    now: steadyNow,
    dataKeys: { key: config.DATA_KEY, previousKey: config.DATA_KEY_PREVIOUS },
    webhooks: { sender: createHttpSender({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE === 'yes' }) },
  });

const sessionsOf = (config: Config, { sessions: denials }: Holdfast): Sessions =>
  new Sessions({
    secret: config.SESSION_SECRET,
    previousSecret: config.SESSION_SECRET_PREVIOUS,
    shop: config.SHOP,
    ttlMs: config.SESSION_TTL_MS,
    clock: steadyNow,
    denials,
  });

const previousOf = ({ OPERATOR_KEY_PREVIOUS: previous }: Config): string[] =>
  previous === undefined ? [] : [previous];

const servicesOf = (config: Config, operatorKey: string, holdfast: Holdfast, metrics: Metrics): ApiServices => ({
  holdfast,
  sessions: sessionsOf(config, holdfast),
  keys: new KeyRing({ rootKeys: [operatorKey, ...previousOf(config)], issued: holdfast.keys }),
  checkoutPlace: config.CHECKOUT_PLACE,
  observeCall: metrics.observeCall,
});

/**
 * Returns a close that stops accepting calls, answers the accepted ones, and then closes the services and the store.
 * All acknowledged writes are durable by then, so nothing is lost if a store that does not respond is left after
 * `CLOSE_MS_MAX`.
 */
function closeOnce(
  http: HttpServer,
  holdfast: Holdfast,
  store: Store,
  log: Logger,
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
    }).then(() => log.warn('closed without waiting any longer for the store, which does not answer'));
    await Promise.race([gone, late]).finally(() => clearTimeout(timer));
  };
  return () => (closed ??= close());
}

/** Logs each answer at debug level only, because of the rate of a sale. */
const observeAnswers =
  (metrics: Metrics, log: Logger) =>
  (answer: HttpAnswer): void => {
    metrics.observeAnswer(answer);
    log.debug(answer, 'answered');
  };

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

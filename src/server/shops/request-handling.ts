import { PaymentNoticeHandler } from '../../adapters/payment-notice-handler.ts';
import type { ApiServices } from '../../api/callers/context.ts';
import { onlyShop, type ShopDirectory } from '../../api/callers/shop-directory.ts';
import { KeyRing } from '../../api/callers/key-ring.ts';
import { appRouter } from '../../api/router.ts';
import { Sessions } from '../../api/callers/sessions.ts';
import type { Readiness } from '../../health/readiness.ts';
import { admitFirst, type RequestAdmission } from '../../http/admission/admit-first.ts';
import { withFreshSessions } from '../../http/admission/fresh-sessions.ts';
import { withKeyCheck } from '../../http/admission/key-check.ts';
import { wrongKeysOf } from '../../http/admission/wrong-key-log.ts';
import { createHttpApp, requestListener } from '../../http/http-app.ts';
import { Limiter, type LimiterOptions } from '../../http/limits/limiter.ts';
import { networksOf } from '../../http/listener/client-address.ts';
import { Clients } from '../../http/listener/clients.ts';
import { CallLog } from '../../http/listener/call-log.ts';
import { failureLog } from '../../http/listener/failure-log.ts';
import { type Handle, type HttpAnswer, withAnswerHeaders } from '../../http/listener/http-server.ts';
import { loggedPath } from '../../http/listener/logged-path.ts';
import { withServedTarget } from '../../http/served-target.ts';
import { withOneHost } from '../../http/one-host.ts';
import { watchFirst } from '../../http/routes/watch-route.ts';
import { fastPathFirst } from '../../http/trpc-fast-path.ts';
import type { Holdfast } from '../../shop/holdfast.ts';
import type { Log } from '../../transact/log.ts';
import { SYSTEM_RUNTIME } from '../../runtime/system-runtime.ts';
import { openTracing, type Tracing } from '../../transact/tracing.ts';
import type { Config } from '../settings/config.ts';
import type { Foundations } from './foundations.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { ShopStatus } from '../../contract/outputs/status-outputs.ts';
import { shopStatusOf } from './shop-status.ts';

export interface HandlingParts {
  holdfast: Holdfast;
  /** The admission of requests to the process. It outlives the handling. */
  entrance: RequestAdmission;
  /** The keys that may do everything. */
  rootKeys: readonly string[];
  /** Epoch milliseconds; decides when sessions end. */
  now: () => number;
  /** Returns the wall clock that the store follows, in epoch milliseconds. Absent: the system's. */
  wall?: (() => number) | undefined;
  metrics: Metrics;
  /** Returns the metrics of all shops of the process. Absent: it has only this one. */
  readMetrics?: Metrics['read'] | undefined;
  readiness: Readiness;
  /** How full the store is, 0 to 1; 0 where it has no bound. */
  fill: () => number;
  /** Absent: the process serves one shop. */
  shops?: ShopDirectory | undefined;
  log: Log;
  /** Present if the requests come from another server in this process, with the note about an unknown client. */
  inProcess?: { unknownClient: string; basePath: string };
}

/** Everything between an HTTP request and the services. The server and the in-process handler share it. */
export interface RequestHandling {
  handle: Handle;
  limiter: Limiter | null;
  /** Must be called with each answer. */
  observe: (answer: HttpAnswer) => void;
  /** Ends the timers. */
  close: () => void;
}

/** Returns the handling of requests by a configuration. It starts timers. */
export function createRequestHandling(
  config: Config,
  foundations: Pick<Foundations, 'backup' | 'payments' | 'sharedCounter' | 'devClock'>,
  parts: HandlingParts,
): RequestHandling {
  const { holdfast, log, entrance } = parts;
  const { admission } = entrance;
  const tracing = openTracing(SYSTEM_RUNTIME);
  const origins = originsOf(config, parts);
  const callLog = new CallLog({
    log,
    slowMs: config.SLOW_CALL_MS,
    clientOf: (incoming) => origins.clients.of(incoming),
  });
  const { wall = Date.now } = parts;
  const shopNow = (): number => Math.round(wall() + holdfast.store.clockStats.offsetMs);
  const status = (): ShopStatus => shopStatusOf({ ...parts, shopNow, admission, rateLimited: limiter?.refused ?? {} });
  const services = { ...servicesOf(config, parts, callLog), status, shopNow, tracing };
  const edge = { router: appRouter, services, ...origins, onFailure: failureLog(log) };
  const limiter = limiterOf(config, { clients: edge.clients, counter: foundations.sharedCounter, log });
  const app = createHttpApp({ ...edge, ...routesOf(foundations, parts, limiter) });
  const slowPath = withAnswerHeaders(withOneHost(watchFirst(edge, requestListener(app, !parts.inProcess))));
  const calls = withFreshSessions(holdfast.sessions, fastPathFirst(edge, slowPath));
  const bounds = { entrance, shop: config.SHOP, limiter, waitMaxMs: config.WAIT_MAX_MS };
  const admitted = admitFirst({ ...edge, ...bounds, onRefused: callLog.noteShed }, calls);
  const wrongKeys = wrongKeysOf(holdfast.events, edge.clients, log);
  const checked = withKeyCheck({ keys: services.keys, onWrongKey: wrongKeys.note }, admitted.handle);
  const handle = withArrivals(tracing, withServedTarget(config.CORS_ORIGINS, checked));
  const close = (): void => {
    wrongKeys.close();
    admitted.close();
    callLog.close();
  };
  return { handle, limiter, observe: observeAnswers(parts), close };
}

const UNKNOWN_CLIENT =
  'calls come from a loopback or private address without a trusted header: caps and limits by client do not apply to them, see TRUST_PROXY';

/** Returns the origins of pages that may call, the names of clients, and who may read the metrics and the reference. */
const originsOf = (config: Config, { readiness, inProcess }: HandlingParts) => ({
  corsOrigins: config.CORS_ORIGINS,
  apiDocs: config.API_DOCS,
  // With a port for operators, strangers do not see the console at all.
  console: config.ADMIN_PORT === undefined ? config.CONSOLE : ('off' as const),
  basePath: inProcess?.basePath ?? '',
  monitoring: config.METRICS ?? (config.NODE_ENV === 'production' ? ('private' as const) : ('public' as const)),
  clients: clientsOf(config, () => readiness.note(inProcess?.unknownClient ?? UNKNOWN_CLIENT)),
});

/** Returns the names of clients by a configuration. `onUnknown` is called when the client of a call is unknown. */
export const clientsOf = ({ TRUST_PROXY, CLIENT_KEYS }: Config, onUnknown: () => void): Clients =>
  new Clients({ trusted: networksOf(TRUST_PROXY), hasKeys: CLIENT_KEYS === 'on', onUnknown });

/** Returns what the routes of backups, payments, development, health and metrics use. */
const routesOf = (
  { backup, payments = [], devClock }: Pick<Foundations, 'backup' | 'payments' | 'devClock'>,
  { holdfast, metrics, readMetrics = metrics.read, readiness, log }: HandlingParts,
  limiter: Limiter | null,
) => ({
  log,
  readiness: () => readiness.verdict,
  metrics: readMetrics,
  shopMetrics: metrics.read,
  backup,
  payments: {
    adapters: payments,
    handler: new PaymentNoticeHandler(holdfast, log),
    observe: metrics.observePayment,
    limiter,
  },
  dev: devClock && { clock: devClock, expiry: holdfast.expiry },
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

/** Logs each answer at debug level only, because of the rate of a sale. */
const observeAnswers =
  ({ metrics, log }: HandlingParts) =>
  (answer: HttpAnswer): void => {
    metrics.observeAnswer(answer);
    log.debug?.({ ...answer, path: loggedPath(answer.path) }, 'answered');
  };

/** Remembers the span within which each request arrives, before it waits for others. */
function withArrivals(tracing: Tracing | null, next: Handle): Handle {
  if (!tracing) return next;
  return (incoming, outgoing, requestId) => {
    tracing.arrived(incoming);
    return next(incoming, outgoing, requestId);
  };
}

const sessionsOf = (config: Config, { holdfast, now }: HandlingParts): Sessions =>
  new Sessions({
    secret: config.SESSION_SECRET,
    previousSecret: config.SESSION_SECRET_PREVIOUS,
    shop: config.SHOP,
    ttlMs: config.SESSION_TTL_MS,
    clock: now,
    denials: holdfast.sessions,
  });

const servicesOf = (
  config: Config,
  parts: HandlingParts,
  callLog: CallLog,
): Omit<ApiServices, 'status' | 'shopNow' | 'tracing'> => ({
  holdfast: parts.holdfast,
  shops: parts.shops ?? onlyShop(parts.holdfast.store.shop),
  sessions: sessionsOf(config, parts),
  keys: new KeyRing({ rootKeys: parts.rootKeys, issued: parts.holdfast.keys }),
  checkoutPlace: config.CHECKOUT_PLACE,
  observeCall: (call) => {
    parts.metrics.observeCall(call);
    callLog.note(call);
  },
});

import { engineOf, type LibraryEngine } from '../../api/library/library-engine.ts';
import { FillWatch } from '../../health/fill-watch.ts';
import { lastHealthOf, Readiness } from '../../health/readiness.ts';
import { RequestAdmission } from '../../http/admission/admit-first.ts';
import { FetchBridge } from '../../http/in-process/fetch-bridge.ts';
import type { Holdfast } from '../../shop/holdfast.ts';
import { SILENT } from '../../transact/log.ts';
import type { Config } from '../settings/config.ts';
import { checkHandlerOptions, type HandlerOptions } from './handler-options.ts';
import { Metrics } from '../observability/metrics.ts';
import { createRequestHandling, type RequestHandling } from '../shops/request-handling.ts';
import { steadyNow } from '../shops/steady-now.ts';

/** Answers a request. The promise never rejects. */
export interface HoldfastHandler extends AsyncDisposable {
  (request: Request): Promise<Response>;
  /**
   * Refuses further requests with 503, and resolves when those in flight have been answered, within 8 seconds. The shop
   * stays open. `holdfast.close()` closes its handlers itself.
   */
  close(): Promise<void>;
}

const NO_CLIENT_OPTION =
  'the client of a request is unknown: caps and limits by client do not apply, see the option clientOf';
const NO_BOUNDS =
  'the settings have no bound of the units or orders of a session: pass PRODUCTION_SETTINGS to createHoldfast';

/**
 * Returns a function that answers requests as the server does, with the same limits, refusals and streams: `/trpc`,
 * `/api/v1`, `/docs`, `/payments`, `/health` and `/metrics` below `basePath`. `holdfast` comes from `createHoldfast`;
 * several handlers may share it. Throws `TypeError` for wrong options, and in production for weak ones.
 */
export function createHoldfastHandler(holdfast: Holdfast, options: HandlerOptions = {}): HoldfastHandler {
  const engine = engineOf(holdfast);
  const { config, basePath, rootKeys } = checkHandlerOptions(options);
  const { log = SILENT, clientOf = () => null, startExpiry = true } = options;
  const { services } = engine;
  const [metrics, readiness] = [new Metrics(), new Readiness(services.store, log)];
  const fill = new FillWatch(lastHealthOf(services.store, readiness), log, config.STORE_FULL_PERCENT);
  const entrance = new RequestAdmission({ waitMaxMs: config.WAIT_MAX_MS });
  const handling = createRequestHandling(handlerConfig(config, services), options, {
    holdfast: services,
    entrance,
    rootKeys,
    now: engine.now ?? steadyNow,
    wall: engine.now,
    metrics,
    readiness,
    fill: () => fill.ratio,
    log,
    inProcess: { unknownClient: NO_CLIENT_OPTION, basePath },
  });
  const { handle, observe } = handling;
  const bridge = new FetchBridge({ handle, basePath, corsOrigins: config.CORS_ORIGINS, clientOf, observe, log });
  const unwatch = watchHandler(metrics, { engine, readiness, bridge, handling, entrance, fill });
  if (config.NODE_ENV === 'production') for (const line of warningsOf(options, services)) log.warn({}, line);
  const close = closeHandlerOnce(engine, bridge, [readiness.close, handling.close, () => entrance.close(), unwatch]);
  if (engine.isClosing) void close();
  else {
    void readiness.start();
    fill.start();
    if (startExpiry) services.expiry.start();
  }
  return Object.assign((request: Request) => bridge.fetch(request), { close, [Symbol.asyncDispose]: close });
}

/** Returns the configuration with what the shop has decided already. */
const handlerConfig = (config: Config, { store, settings }: Holdfast): Config => ({
  ...config,
  SHOP: store.shop,
  SESSION_TTL_MS: settings.sessionTtlMs,
});

interface WatchedParts {
  engine: LibraryEngine;
  readiness: Readiness;
  bridge: FetchBridge;
  handling: RequestHandling;
  entrance: RequestAdmission;
  fill: FillWatch;
}

/** Returns a function that ends the watches of the shop, which may outlive the handler. */
function watchHandler(
  metrics: Metrics,
  { engine, readiness, bridge, handling, entrance, fill }: WatchedParts,
): () => void {
  const { services } = engine;
  const { limiter } = handling;
  const inFlight = (): number => Math.max(0, bridge.inFlight - services.watch.counts.watchSubscribers);
  metrics.watch(services.stats, inFlight, entrance.admission);
  metrics.watchLimits(() => limiter?.refused ?? {});
  metrics.watchClock(() => services.store.clockStats);
  metrics.watchReadiness(() => readiness.verdict.ready);
  metrics.watchFill(() => fill.ratio);
  metrics.watchLead(() => engine.isLeading);
  const endings = [
    engine.observeStore({ ...metrics.store, wrote: readiness.noteWrite }),
    engine.limitBy(() => fill.isFull),
    () => fill.stop(),
  ];
  return () => endings.forEach((end) => end());
}

/** Returns a line for each choice that a shop may make in production, and that protects it less. */
function warningsOf(
  { clientOf, rateLimits, monitoring, corsOrigins = [] }: HandlerOptions,
  { settings }: Holdfast,
): string[] {
  const isUnbound = settings.holdUnitsMaxSession === undefined || settings.orderBounds === undefined;
  return [
    ...(clientOf ? [] : [NO_CLIENT_OPTION]),
    ...(isUnbound ? [NO_BOUNDS] : []),
    ...(rateLimits === 'off' ? ['rateLimits is off: no caller is limited by its rate'] : []),
    ...(monitoring === 'public' ? ['monitoring is public: anyone may read what the shop sells'] : []),
    ...corsOrigins
      .filter((origin) => origin.startsWith('http://'))
      .map((origin) => `corsOrigins has ${origin}: session ids of that page can be read on the network, use https://`),
  ];
}

function closeHandlerOnce(
  engine: LibraryEngine,
  bridge: FetchBridge,
  endings: readonly (() => void)[],
): () => Promise<void> {
  let closed: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    for (const ending of endings) ending();
    await bridge.close();
    forget();
  };
  const close = (): Promise<void> => (closed ??= end());
  const forget = engine.beforeClose(close);
  return close;
}

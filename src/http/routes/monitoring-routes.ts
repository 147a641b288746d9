import { Hono } from 'hono';
import type { AccessKey } from '../../contract/calls/access-key.ts';
import { refusalOf } from '../../api/wire-errors.ts';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { healthReport, type Verdict } from '../../health/readiness.ts';
import { consoleRoutes } from './console-routes.ts';
import { LIVE_PATH, METRICS_PATH, READY_PATH } from '../listener/process-paths.ts';
import {
  type HttpContext,
  type HttpEnv,
  METHOD_NOT_ALLOWED,
  refuseTrpc,
  NOT_FOUND,
} from '../listener/refusal-answer.ts';

type ReadMetrics = () => Promise<{ contentType: string; body: string }>;

export interface Monitored {
  readiness: () => Verdict;
  /** Returns the metrics of all shops of the process in Prometheus's text format. */
  metrics: ReadMetrics;
}

export interface MonitoringOptions extends Monitored {
  /**
   * Returns the key of a caller who may read metrics and details. Throws `RefusalError` for any other. Absent: everyone
   * may read all of them.
   */
  demandReader?: ((c: HttpContext) => AccessKey) | undefined;
  /** Returns the metrics of the shop, for the keys that it has issued. Absent: they read those of all shops. */
  shopMetrics?: ReadMetrics | undefined;
}

/**
 * Returns the health checks and `/metrics`. Everyone may learn whether the server is live and ready. Only callers whom
 * `demandReader` admits learn why it is not ready, and read the metrics.
 */
export function monitoringRoutes(options: MonitoringOptions) {
  const { readiness, metrics, demandReader, shopMetrics = metrics } = options;
  const routes = new Hono<HttpEnv>();
  const readerOf = (c: HttpContext): { key: AccessKey | null; refusal: WireRefusal | null } => {
    try {
      return { key: demandReader?.(c) ?? null, refusal: null };
    } catch (error) {
      return { key: null, refusal: refusalOf(error, c.env.requestId) };
    }
  };
  routes.get(LIVE_PATH, (c) => c.json({ status: 'live' }));
  routes.get(READY_PATH, (c) => {
    const { ready, details } = healthReport(readiness());
    const shown = readerOf(c).refusal ? {} : details;
    return c.json({ status: ready ? 'ready' : 'unavailable', ...shown }, ready ? 200 : 503);
  });
  routes.get(METRICS_PATH, async (c) => {
    const { key, refusal } = readerOf(c);
    if (refusal) return refuseTrpc(c, refusal);
    const isOfShop = key !== null && key.keyId !== null;
    const { contentType, body } = await (isOfShop ? shopMetrics() : metrics());
    return c.body(body, 200, { 'content-type': contentType });
  });
  for (const path of [LIVE_PATH, READY_PATH, METRICS_PATH])
    routes.all(path, (c) => refuseTrpc(c, METHOD_NOT_ALLOWED, 'GET'));
  return routes;
}

export interface AdminAppOptions extends Monitored {
  console: 'on' | 'off';
}

/** Returns the application of the admin port: monitoring, and the console. */
export function createAdminApp(options: AdminAppOptions) {
  const app = new Hono<HttpEnv>();
  app.route('/', monitoringRoutes(options));
  if (options.console === 'on') app.route('/', consoleRoutes());
  app.notFound((c) => refuseTrpc(c, NOT_FOUND));
  return app;
}

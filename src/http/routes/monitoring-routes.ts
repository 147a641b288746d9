import { Hono } from 'hono';
import { refusalOf } from '../../api/wire-errors.ts';
import { healthReport, type Verdict } from '../../health/readiness.ts';
import { consoleRoutes } from './console-routes.ts';
import {
  type HttpContext,
  type HttpEnv,
  METHOD_NOT_ALLOWED,
  refuseTrpc,
  NOT_FOUND,
} from '../listener/refusal-answer.ts';

const MONITORING_PATHS = ['/health/live', '/health/ready', '/metrics'];

export interface Monitored {
  readiness: () => Verdict;
  /** Returns the metrics in Prometheus's text format. */
  metrics: () => Promise<{ contentType: string; body: string }>;
}

export interface MonitoringOptions extends Monitored {
  /** Throws `RefusalError` for a caller who may not read metrics and details. Absent: everyone may. */
  demandReader?: ((c: HttpContext) => void) | undefined;
}

/**
 * Returns the health checks and `/metrics`. Everyone may learn whether the server is live and ready. Only callers whom
 * `demandReader` admits learn why it is not ready, and read the metrics.
 */
export function monitoringRoutes({ readiness, metrics, demandReader = () => undefined }: MonitoringOptions) {
  const routes = new Hono<HttpEnv>();
  const refusalFor = (c: HttpContext) => {
    try {
      demandReader(c);
      return null;
    } catch (error) {
      return refusalOf(error, c.env.requestId);
    }
  };
  routes.get('/health/live', (c) => c.json({ status: 'live' }));
  routes.get('/health/ready', (c) => {
    const { ready, details } = healthReport(readiness());
    const shown = refusalFor(c) ? {} : details;
    return c.json({ status: ready ? 'ready' : 'unavailable', ...shown }, ready ? 200 : 503);
  });
  routes.get('/metrics', async (c) => {
    const refusal = refusalFor(c);
    if (refusal) return refuseTrpc(c, refusal);
    const { contentType, body } = await metrics();
    return c.body(body, 200, { 'content-type': contentType });
  });
  for (const path of MONITORING_PATHS) routes.all(path, (c) => refuseTrpc(c, METHOD_NOT_ALLOWED, 'GET'));
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

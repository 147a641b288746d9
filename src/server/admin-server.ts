import { requestListener } from '../http/http-app.ts';
import { type Handle, HttpServer, pathOf, withAnswerHeaders } from '../http/listener/http-server.ts';
import { createAdminApp, type AdminAppOptions } from '../http/routes/monitoring-routes.ts';

export interface AdminServer {
  port: number;
  /** Answers the requests in flight, and ends. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the listener that serves metrics and the details of readiness to everyone who can reach it, and the console
 * if that is on. `api` answers the calls of the console, which need a key as on any port. The other answers are not in
 * the metrics. Rejects if it cannot listen on the address.
 */
export async function startAdminServer(
  address: { host: string; port: number },
  { api, ...options }: AdminAppOptions & { api: Handle },
): Promise<AdminServer> {
  const own = withAnswerHeaders(requestListener(createAdminApp(options)));
  const handle: Handle = (incoming, outgoing, requestId) =>
    (options.console === 'on' && isCall(incoming.url ?? '') ? api : own)(incoming, outgoing, requestId);
  const server = new HttpServer({ ...address, handle, observe: () => undefined });
  return { port: await server.listen(), close: () => server.close() };
}

/** The paths that the console calls. */
const CALLS = /^\/(?:trpc|api\/v1)\//;
const isCall = (url: string): boolean => CALLS.test(pathOf(url));

import { requestListener } from '../http/http-app.ts';
import { HttpServer, withAnswerHeaders } from '../http/listener/http-server.ts';
import { createAdminApp, type Monitored } from '../http/routes/monitoring-routes.ts';

export interface AdminServer {
  port: number;
  /** Answers the requests in flight, and ends. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the listener that serves metrics and the details of readiness to everyone who can reach it. Its answers are
 * not in the metrics. Rejects if it cannot listen on the address.
 */
export async function startAdminServer(
  address: { host: string; port: number },
  monitored: Monitored,
): Promise<AdminServer> {
  const handle = withAnswerHeaders(requestListener(createAdminApp(monitored)));
  const server = new HttpServer({ ...address, handle, observe: () => undefined });
  return { port: await server.listen(), close: () => server.close() };
}

import type { IncomingMessage } from 'node:http';
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import { requestListener } from '../http/http-app.ts';
import { HttpServer, withAnswerHeaders } from '../http/listener/http-server.ts';
import { type HttpContext, type HttpEnv, refuseTrpc, NOT_FOUND } from '../http/listener/refusal-answer.ts';
import { consoleRoutes } from '../http/routes/console-routes.ts';

const HOST = '127.0.0.1';

/**
 * The headers that are passed to the shop. Cookies and the address of the page stay here, because the shop needs
 * neither.
 */
const PASSED_HEADERS = ['accept', 'authorization', 'content-type', 'idempotency-key', 'last-event-id', 'trpc-accept'];

export interface ConsoleServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves the operator console of a shop elsewhere on this computer. The calls go through this server, so that the page
 * calls only its own origin, as its policy demands, and the shop needs no CORS. It adds no key: that is in the tab.
 * Only pages of this server may call it. Rejects if it cannot listen on the port.
 */
export async function startConsoleServer({ shopUrl, port }: { shopUrl: string; port: number }): Promise<ConsoleServer> {
  const app = new Hono<HttpEnv>();
  app.use(async (c, next) => (isOwnPage(c.env.incoming) ? next() : refuseTrpc(c, NOT_FOUND)));
  app.get('/', (c) => c.redirect('/console'));
  app.route('/', consoleRoutes());
  for (const path of ['/trpc/*', '/api/v1/*']) app.all(path, (c) => passedOn(c, shopUrl.replace(/\/+$/, '')));
  app.notFound((c) => refuseTrpc(c, NOT_FOUND));
  const handle = withAnswerHeaders(requestListener(app));
  const http = new HttpServer({ host: HOST, port, handle, observe: () => undefined });
  return { url: `http://${HOST}:${await http.listen()}`, close: () => http.close() };
}

/**
 * Returns whether a page of this server has sent a request. Another site may use a host name that resolves to this
 * computer, and its pages may send requests to this port.
 */
function isOwnPage({ headers, socket }: IncomingMessage): boolean {
  const hosts = [HOST, 'localhost'].map((name) => `${name}:${socket.localPort}`);
  const isHere = headers.host !== undefined && hosts.includes(headers.host);
  return isHere && (headers.origin === undefined || headers.origin === `http://${headers.host}`);
}

async function passedOn(c: HttpContext, shopUrl: string): Promise<Response> {
  const { pathname, search } = new URL(c.req.raw.url);
  const headers = new Headers();
  for (const name of PASSED_HEADERS) {
    const value = c.req.raw.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const { method, body } = c.req.raw;
  const streamed = body ? { body, duplex: 'half' as const } : {};
  try {
    // Closing the page cancels the body of the answer, and thereby the call.
    return await proxy(`${shopUrl}${pathname}${search}`, { method, headers, redirect: 'manual', ...streamed });
  } catch {
    return new Response(`${shopUrl} does not answer\n`, { status: 502, headers: { 'content-type': 'text/plain' } });
  }
}

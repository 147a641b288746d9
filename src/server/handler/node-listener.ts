import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';

/**
 * Returns a handler as a listener of Node's HTTP server, for Express and other frameworks of Node. Use it before
 * parsers of bodies.
 */
export const toNodeListener = (handler: (request: Request) => Response | Promise<Response>): RequestListener =>
  getRequestListener(handler, { overrideGlobalObjects: false, hostname: 'localhost' });

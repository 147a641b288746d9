import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What hono's handlers get with each request: Node's own objects, and the request's id. */
export interface HttpEnv {
  Bindings: HttpBindings & { requestId: string };
}

export type HttpContext = Context<HttpEnv>;

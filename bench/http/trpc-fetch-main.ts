// The reference for the cost of a call over HTTP: tRPC's own fetch adapter, mounted under hono as documented, with
// superjson, and one procedure that accepts the input of `cart.add` and does nothing.
import { serve } from '@hono/node-server';
import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { Hono } from 'hono';
import superjson from 'superjson';
import { INPUTS } from '../../src/contract/inputs/inputs.ts';

const t = initTRPC.context<{ sessionId: string | null }>().create({ transformer: superjson });
const router = t.router({ bench: t.router({ noop: t.procedure.input(INPUTS['cart.add']).mutation(() => null) }) });
const app = new Hono();
app.all('/trpc/*', (c) =>
  fetchRequestHandler({
    endpoint: '/trpc',
    req: c.req.raw,
    router,
    createContext: ({ req }) => ({ sessionId: req.headers.get('x-session-id') }),
  }),
);
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` })),
);
process.once('SIGTERM', () => {
  server.close();
  process.exit();
});

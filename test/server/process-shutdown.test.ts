import { Agent, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { startProcess } from '../support/built-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const OPERATOR_KEY = 'operator-key-of-this-process';
const SHOPPERS = 24;

type Reply = { status: number; body: string } | { error: string };

const ask = (agent: Agent, url: string, path: string, input: object | null, session?: string): Promise<Reply> =>
  new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${OPERATOR_KEY}`,
      ...(input ? { 'content-type': 'application/json' } : {}),
      ...(session ? { 'x-session-id': session } : {}),
    };
    const outgoing = request(`${url}/trpc/${path}`, { agent, headers, method: input ? 'POST' : 'GET' }, (incoming) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }));
      incoming.on('error', (error) => resolve({ error: String(error) }));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? String(error) }));
    outgoing.end(input ? JSON.stringify({ json: input }) : undefined);
  });

const dataOf = (reply: Reply) =>
  'status' in reply && reply.status === 200 ? JSON.parse(reply.body).result.data.json : undefined;

/** Buys one unit after the other, each with a new session, until the server has closed. */
async function shopUntilClosed(url: string, name: string, agent: Agent, onOrder: (name: string) => void) {
  const orders: string[] = [];
  const replies: Reply[] = [];
  for (let visit = 0; ; visit += 1) {
    const session = `${name}-visit-${visit}`;
    const added = await ask(agent, url, 'cart.add', { sku: 'a', quantity: 1 }, session);
    replies.push(added);
    if ('error' in added) return { orders, replies };
    const placed = await ask(agent, url, 'checkout.place', { idempotencyKey: 'pay' }, session);
    replies.push(placed);
    const order = dataOf(placed);
    if (order) {
      orders.push(order.orderId);
      onOrder(name);
    }
    if ('error' in placed) return { orders, replies };
  }
}

const stores = [
  {
    name: 'the embedded store',
    open: async () => {
      const dir = await tempDir();
      return { env: { DATA_DIR: dir.path }, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
    },
  },
  {
    name: 'Redis',
    open: async () => {
      const redis = await startRedis({ appendonly: 'yes' });
      return { env: { REDIS_URL: redis.url }, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
    },
  },
];

describe.each(stores)('SIGTERM in the middle of a sale on $name', ({ open }) => {
  test('answers all accepted requests, exits 0 within 10 s, and has every acknowledged order', {
    timeout: 60_000,
  }, async () => {
    await using place = await open();
    const env = { ...place.env, OPERATOR_KEY };
    await using server = await startProcess(env);
    const agent = new Agent({ keepAlive: true, maxSockets: SHOPPERS });
    await ask(agent, server.url, 'stock.define', { sku: 'a' });
    await ask(agent, server.url, 'stock.receive', { sku: 'a', quantity: 1_000_000 });
    // Sent when every shopper has a connection, because the system resets those that are not yet accepted.
    const served = new Set<string>();
    const shopping = Array.from({ length: SHOPPERS }, (_, n) =>
      shopUntilClosed(server.url, `shopper-${n}`, agent, (name) => served.add(name)),
    );
    await poll(() => served.size === SHOPPERS);
    const ended = server.end('SIGTERM');
    const visits = await Promise.all(shopping);
    const { code, ms } = await ended;
    agent.destroy();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    const replies = visits.flatMap(({ replies }) => replies);
    // No request was cut off: each was answered completely, or arrived after the listener had closed.
    expect([...new Set(replies.map((reply) => ('error' in reply ? reply.error : reply.status)))].sort()).toEqual([
      200,
      'ECONNREFUSED',
    ]);
    const acknowledged = visits.flatMap(({ orders }) => orders);
    expect(acknowledged.length).toBeGreaterThan(0);
    await using again = await startProcess(env);
    const fresh = new Agent();
    const { totals, ok } = dataOf(await ask(fresh, again.url, 'admin.audit', null));
    expect({ ok, sold: totals.sold }).toEqual({ ok: true, sold: acknowledged.length });
    for (const orderId of acknowledged) {
      const path = `orders.get?input=${encodeURIComponent(JSON.stringify({ json: { orderId } }))}`;
      expect(dataOf(await ask(fresh, again.url, path, null))).toMatchObject({ orderId, status: 'placed' });
    }
  });
});

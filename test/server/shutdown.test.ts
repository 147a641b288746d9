import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openFaultyStore } from '../support/faulty-store.ts';
import { poll } from '../support/poll.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';

const OPERATOR = { operator: true };

interface Reply {
  status: number;
  connection: string | undefined;
}

/** Calls on a keep-alive connection, like a shop's backend. */
const call = (agent: Agent, url: string, path: string, body: object): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR_KEY}` };
    const outgoing = request(`${url}/trpc/${path}`, { agent, method: 'POST', headers }, (incoming) => {
      incoming.resume();
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, connection: incoming.headers.connection });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ json: body }));
  });

/** Opens a connection. Rejects if the listener is closed. */
const letIn = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });

const doorClosed = (port: number): Promise<unknown> =>
  poll(() =>
    letIn(port).then(
      () => false,
      () => true,
    ),
  );

test('answers the requests in flight, then closes their connections, and accepts no new ones', async () => {
  const faulty = openFaultyStore();
  const shop = await startShop({ LOG_LEVEL: 'warn' }, faulty.store);
  await shop.mutate('stock.define', { sku: 'a' }, OPERATOR);
  const agent = new Agent({ keepAlive: true });
  const receive = () => call(agent, shop.url, 'stock.receive', { sku: 'a', quantity: 1 });
  await Promise.all([receive(), receive(), receive()]);
  faulty.hold();
  const inFlight = Promise.all([receive(), receive(), receive()]);
  await poll(() => faulty.waiting() > 0);
  const closed = shop.running.close();
  await doorClosed(shop.running.port);
  await expect(letIn(shop.running.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  // Longer than it waits for new requests, so that only the request in flight delays the close.
  await sleep(600);
  expect(faulty.waiting()).toBeGreaterThan(0);
  faulty.goOn();
  for (const reply of await inFlight) expect(reply).toEqual({ status: 200, connection: 'close' });
  await closed;
  await poll(() => Object.keys(agent.sockets).length === 0);
  await expect(faulty.store.read([{ skus: ['a'] }])).rejects.toMatchObject({ fault: 'closed' });
  agent.destroy();
});

test('is live and not ready on its open connections while it closes', async () => {
  const faulty = openFaultyStore();
  const shop = await startShop({ LOG_LEVEL: 'warn' }, faulty.store);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string): Promise<Reply> =>
    new Promise((resolve, reject) => {
      request(`${shop.url}${path}`, { agent }, (incoming) => {
        incoming.resume().on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, connection: incoming.headers.connection });
        });
      })
        .on('error', reject)
        .end();
    });
  expect(await get('/health/ready')).toEqual({ status: 200, connection: 'keep-alive' });
  const closed = shop.running.close();
  await doorClosed(shop.running.port);
  expect(await get('/health/ready')).toEqual({ status: 503, connection: 'close' });
  await closed;
  agent.destroy();
});

test('a client that never finishes its request does not delay the close', async () => {
  const shop = await startShop({ LOG_LEVEL: 'warn' });
  const stalled = request(`${shop.url}/trpc/cart.add`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  const ended = new Promise((resolve) => stalled.on('error', resolve));
  stalled.write('{"json":');
  await poll(() =>
    shop.running.metrics.registry
      .getSingleMetricAsString('holdfast_http_in_flight')
      .then((text) => text.endsWith(' 1')),
  );
  const start = performance.now();
  await shop.running.close();
  expect(performance.now() - start).toBeLessThan(3_000);
  await ended;
});

test('a second close returns the first one', async () => {
  const shop = await startShop();
  await Promise.all([shop.running.close(), shop.running.close()]);
  await shop.running.close();
  await expect(letIn(shop.running.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

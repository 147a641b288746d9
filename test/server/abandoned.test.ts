import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { poll } from '../support/poll.ts';
import { bytesOf } from '../support/raw-http.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';

const SKU = 'wanted';
const BATCHES_IN_FLIGHT = 2;
const PATIENT = { timeoutMs: 20_000 };

/** Calls `cart.add` on a new connection. */
async function add(shop: ShopServer, session: string) {
  const { port, hostname } = new URL(shop.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const headers = [`Host: ${hostname}:${port}`, 'Content-Type: application/json', `X-Session-ID: ${session}`];
  const body = JSON.stringify({ json: { sku: SKU, quantity: 1 } });
  socket.write(bytesOf({ target: '/trpc/cart.add', headers, body }));
  return socket;
}

const metric = async (shop: ShopServer, name: string): Promise<number> => {
  const { text } = await shop.fetch('/metrics');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

test('drops a waiting call when its client disconnects, and finishes one that has begun', async () => {
  const hooks: Hooks = {};
  await using shop = await startShop({}, hookedStore(openMemoryStore({ shop: 'main' }), hooks));
  await shop.mutate('stock.define', { sku: SKU }, { operator: true });
  await shop.mutate('stock.receive', { sku: SKU, quantity: 100 }, { operator: true });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let began = 0;
  hooks.beforeApply = async () => {
    began += 1;
    await held;
  };
  const clients = [];
  for (let n = 1; n <= BATCHES_IN_FLIGHT; n += 1) {
    clients.push(await add(shop, `client-begun-${n}`));
    await poll(() => began === n, PATIENT);
  }
  clients.push(await add(shop, 'client-waiting'));
  await poll(async () => (await metric(shop, 'holdfast_lane_mailbox_items')) === 1, PATIENT);

  for (const client of clients) client.destroy();
  await poll(async () => (await metric(shop, 'holdfast_http_in_flight')) === 1, PATIENT);
  release();
  await poll(async () => (await metric(shop, 'holdfast_abandoned_total')) === 1, PATIENT);
  const { data } = await shop.query('stock.level', { sku: SKU }, { operator: true });
  expect(data).toMatchObject({ onHand: 100, reserved: BATCHES_IN_FLIGHT });
});

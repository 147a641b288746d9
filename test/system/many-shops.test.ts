import { describe, expect, test } from 'vitest';
import { createHoldfastClient, type HoldfastClient, isRefusal } from '../../src/client/client.ts';
import { SHOP_HEADER } from '../../src/contract/shop-header.ts';
import { startRedis } from '../support/redis-server.ts';
import { type SeveralShopsServer, startShops } from '../support/several-shops.ts';
import { OPERATOR_KEY } from '../support/shop-server.ts';

const SHOPS = Array.from({ length: 6 }, (_, index) => `shop-${index}`);
const UNITS = 6;
const SHOPPERS_EACH = 12;
/** Fewer than there are shops, so that shops are closed and opened again throughout the sale. */
const OPEN_MAX = 3;

interface Sale {
  servers: readonly SeveralShopsServer[];
  clientOf: (server: SeveralShopsServer, shop: string) => HoldfastClient;
}

const saleOf = (servers: readonly SeveralShopsServer[]): Sale => ({
  servers,
  clientOf: ({ running: { url } }, shop) =>
    createHoldfastClient({
      url,
      headers: { [SHOP_HEADER]: shop },
      operatorKey: OPERATOR_KEY,
      retry: { attemptsMax: 40, delayMsMax: 2_000, totalMsMax: 60_000 },
    }),
});

/** Buys a unit with a session of the shop, which alone leads to it. Resolves with the order; null: sold out. */
async function buy({ servers, clientOf }: Sale, shop: string, nth: number): Promise<string | null> {
  const server = servers[nth % servers.length];
  if (!server) throw new Error('no server');
  const { sessionId } = await clientOf(server, shop).session.create.mutate({});
  const shopper = createHoldfastClient({
    url: server.running.url,
    sessionId,
    retry: { attemptsMax: 40, delayMsMax: 2_000, totalMsMax: 60_000 },
  });
  try {
    await shopper.cart.add.mutate({ sku: 'mug', quantity: 1 });
    const { orderId } = await shopper.checkout.place.mutate({ idempotencyKey: 'pay' });
    return orderId;
  } catch (error) {
    if (isRefusal(error, 'insufficient_stock')) return null;
    throw error;
  }
}

interface ShopSale {
  recorded: string[];
  acknowledged: string[] | undefined;
  ok: boolean;
  sold: number;
}

async function sellInAllShops(servers: readonly SeveralShopsServer[]): Promise<ShopSale[]> {
  const sale = saleOf(servers);
  const [first] = servers;
  if (!first) throw new Error('no server');
  for (const shop of SHOPS) {
    await sale.clientOf(first, shop).stock.define.mutate({ sku: 'mug' });
    await sale.clientOf(first, shop).stock.receive.mutate({ sku: 'mug', quantity: UNITS });
  }
  const visits = Array.from({ length: SHOPPERS_EACH }, (_, nth) => SHOPS.map((shop) => ({ shop, nth }))).flat();
  const orders = new Map(SHOPS.map((shop) => [shop, [] as string[]]));
  for (let at = 0; at < visits.length; at += 32) {
    await Promise.all(
      visits.slice(at, at + 32).map(async ({ shop, nth }) => {
        const orderId = await buy(sale, shop, nth);
        if (orderId !== null) orders.get(shop)?.push(orderId);
      }),
    );
  }
  return Promise.all(
    SHOPS.map(async (shop) => {
      const operator = sale.clientOf(first, shop);
      const { items } = await operator.orders.list.query({ limit: 500 });
      const recorded = items.map(({ orderId }) => orderId).sort();
      const { ok, totals } = await operator.admin.audit.query();
      return { recorded, acknowledged: orders.get(shop)?.sort(), ok, sold: Number(totals.sold) };
    }),
  );
}

function expectExact(sales: readonly ShopSale[]): void {
  for (const { recorded, acknowledged, ok, sold } of sales) {
    expect(recorded).toEqual(acknowledged);
    expect([recorded.length, ok, sold]).toEqual([UNITS, true, UNITS]);
  }
}

describe('a sale in more shops than may be open at the same time', () => {
  const env = { SHOPS: SHOPS.join(','), SHOPS_OPEN_MAX: String(OPEN_MAX + 1), RATE_LIMITS: 'off' };

  test('sells each unit once on embedded stores', { timeout: 120_000 }, async () => {
    await using server = await startShops(env);
    const sales = await sellInAllShops([server]);
    expect(sales).toHaveLength(SHOPS.length);
    expectExact(sales);
    const { text } = await server.fetch('/metrics');
    const closed = Number(/^holdfast_shops_closed_total\{.*\} (\d+)$/m.exec(text)?.[1]);
    expect(closed).toBeGreaterThan(OPEN_MAX);
  });

  test('sells each unit once with two processes on one Redis', { timeout: 120_000 }, async () => {
    await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
    await using one = await startShops({ ...env, REDIS_URL: redis.url });
    await using other = await startShops({ ...env, REDIS_URL: redis.url });
    const sales = await sellInAllShops([one, other]);
    expect(sales).toHaveLength(SHOPS.length);
    expectExact(sales);
  });
});

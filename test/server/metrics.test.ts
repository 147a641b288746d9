import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR = { operator: true };
const SESSION = { session: 'a-shopper-who-is-counted' };

/** Returns all samples by name and labels. */
async function samples(shop: ShopServer): Promise<Map<string, number>> {
  const { text } = await shop.fetch('/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

async function buySomething(shop: ShopServer): Promise<void> {
  await shop.mutate('stock.define', { sku: 'counted-sku' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'counted-sku', quantity: 3 }, OPERATOR);
  await shop.mutate('cart.add', { sku: 'counted-sku', quantity: 2 }, SESSION);
  await shop.mutate('cart.add', { sku: 'counted-sku', quantity: 2 }, SESSION);
  await shop.mutate('cart.add', { sku: 'counted-sku', quantity: 0 }, SESSION);
  await shop.mutate('cart.add', { sku: 'counted-sku', quantity: 1 });
  await shop.mutate('checkout.place', { idempotencyKey: 'k' }, SESSION);
  await shop.mutate('checkout.place', { idempotencyKey: 'k' }, SESSION);
}

test('counts calls by procedure and outcome, and answers by status', async () => {
  await using shop = await startShop();
  await buySomething(shop);
  await shop.fetch('/nope');
  const found = await samples(shop);
  const calls = (procedure: string, outcome: string) =>
    found.get(`holdfast_calls_total{procedure="${procedure}",outcome="${outcome}"}`);
  expect(calls('cart.add', 'ok')).toBe(1);
  expect(calls('cart.add', 'insufficient_stock')).toBe(1);
  expect(calls('cart.add', 'invalid_input')).toBe(1);
  expect(calls('cart.add', 'session_required')).toBe(1);
  expect(calls('checkout.place', 'ok')).toBe(2);
  expect(found.get('holdfast_call_seconds_count{procedure="cart.add"}')).toBe(4);
  expect(found.get('holdfast_http_answers_total{status="404"}')).toBe(1);
  expect(found.get('holdfast_replays_total')).toBe(1);
  expect(found.get('holdfast_http_in_flight')).toBe(1);
});

test('counts how holds end, and how much of a SKU is held', async () => {
  await using shop = await startShop();
  await shop.mutate('stock.define', { sku: 'held' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'held', quantity: 20 }, OPERATOR);
  await shop.mutate('cart.add', { sku: 'held', quantity: 5 }, SESSION);
  await shop.mutate('checkout.place', { idempotencyKey: 'k' }, SESSION);
  for (const session of ['leaves-a-cart-1', 'leaves-a-cart-2', 'leaves-a-cart-3']) {
    await shop.mutate('cart.add', { sku: 'held', quantity: 1 }, { session });
    await shop.mutate('cart.clear', {}, { session });
  }
  await shop.mutate('cart.add', { sku: 'held', quantity: 12 }, SESSION);
  await shop.query('stock.availability', { skus: ['held'] });
  const found = await samples(shop);
  expect(found.get('holdfast_holds_ended_total{end="sold"}')).toBe(1);
  expect(found.get('holdfast_holds_ended_total{end="released"}')).toBe(3);
  expect(found.get('holdfast_holds_abandoned_ratio')).toBe(0.75);
  expect(found.get('holdfast_held_share')).toBe(0.8);
});

test('measures batches and the store', async () => {
  await using shop = await startShop();
  await buySomething(shop);
  const found = await samples(shop);
  const applied = found.get('holdfast_store_apply_seconds_count');
  expect(applied).toBeGreaterThanOrEqual(4);
  expect(found.get('holdfast_batch_transactions_count')).toBe(applied);
  expect(found.get('holdfast_batch_transactions_sum')).toBeGreaterThanOrEqual(4);
  expect(found.get('holdfast_store_read_seconds_count')).toBeGreaterThan(0);
  expect(found.get('holdfast_lane_in_flight_batches')).toBe(0);
});

test('reports how late the earliest overdue hold was ended', async () => {
  const clock = { now: Date.now() };
  const store = openMemoryStore({ shop: 'main', clock: () => clock.now });
  await using shop = await startShop({ HOLD_TTL_MS: '1000' }, store);
  await shop.mutate('stock.define', { sku: 'counted-sku' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'counted-sku', quantity: 3 }, OPERATOR);
  await shop.mutate('cart.add', { sku: 'counted-sku', quantity: 2 }, SESSION);
  clock.now += 7_000;
  await shop.running.holdfast.expiry.sweepNow();
  const found = await samples(shop);
  expect(found.get('holdfast_holds_expired_total')).toBe(1);
  expect(found.get('holdfast_reclaim_lag_seconds_count')).toBe(1);
  expect(found.get('holdfast_reclaim_lag_seconds_sum')).toBe(6);
});

test('has the metrics of docs/metrics.md, and no label that grows with the shop', async () => {
  await using shop = await startShop();
  await buySomething(shop);
  const { text } = await shop.fetch('/metrics');
  const shown = [...text.matchAll(/^# TYPE (holdfast_\w+)/gm)].map(([, name]) => name);
  const described = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const documented = [...described.matchAll(/^\| `(holdfast_\w+)`/gm)].map(([, name]) => name);
  expect(shown.sort()).toEqual(documented.sort());
  expect(text).not.toMatch(/counted-sku|a-shopper-who-is-counted|crt_|ord_|hld_/);
  const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
  expect([...labels].sort()).toEqual(['class', 'end', 'le', 'outcome', 'procedure', 'status']);
});

import { expect } from 'vitest';
import type { HoldRecord } from '../../src/domain/records.ts';
import type { Result } from '../../src/contract/calls/call.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { type Shop, shopper } from '../support/shop.ts';

/** Short durations and tight bounds, so that a history of forty steps reaches all of them. */
export const SETTINGS = {
  holdTtlMs: 100,
  holdLifetimeMaxMs: 350,
  cartTtlMs: 250,
  lineQuantityMax: 6,
  cartLinesMax: 2,
};
export const SKUS = ['A', 'B', 'C'] as const;
/** Limits per customer. They are set before the first hold and do not change. */
export const LIMITS: Record<string, number> = { A: 4, B: 7 };

/** Two sessions of one customer, one of another, and two anonymous ones. */
export const PEOPLE = [
  { name: 'phone', customer: 'customer:1' },
  { name: 'desk', customer: 'customer:1' },
  { name: 'ben', customer: 'customer:2' },
  { name: 'guest', customer: null },
  { name: 'stranger', customer: null },
].map(({ name, customer }) => {
  const cartId = `crt_${name}`;
  const countsFor = customer ?? `cart:${cartId}`;
  return { customer, countsFor, cartId, cartKey: `cart:${cartId}`, call: shopper(name, customer) };
});
export type Person = (typeof PEOPLE)[number];

export interface CartWorld {
  shop: Shop;
  keys: number;
  begun: { orderId: string; person: Person }[];
  placed: { order: Order; countsFor: string }[];
}

export const nextKey = (world: CartWorld): string => {
  world.keys += 1;
  return `key-${world.keys}`;
};

const EXPECTED_REFUSALS = new Set([
  'insufficient_stock',
  'limit_exceeded',
  'quantity_limit',
  'cart_full',
  'cart_empty',
  'hold_expired',
  'invalid_input',
  'order_state',
]);

/** Returns null for an expected refusal. Fails for any other. */
export function settled<T>(result: Result<T>): T | null {
  if (result.ok) return result.value;
  expect(EXPECTED_REFUSALS).toContain(result.refusal.reason);
  return null;
}

export async function liveHolds({ shop }: CartWorld): Promise<HoldRecord[]> {
  const { holds } = await shop.store.scan({ kind: 'holds', cursor: null, limit: 500 });
  return holds.filter(({ expiresAt }) => expiresAt > shop.clock.now);
}

export const sumOf = (holds: readonly HoldRecord[]): number => holds.reduce((sum, { quantity }) => sum + quantity, 0);

/** Checks the invariants after a step. */
export async function checkWorld(world: CartWorld): Promise<void> {
  const holds = await liveHolds(world);
  for (const [sku, limit] of Object.entries(LIMITS)) {
    for (const { countsFor } of PEOPLE) {
      const held = sumOf(holds.filter((hold) => hold.sku === sku && hold.customer === countsFor));
      expect(held + boughtBy(world, countsFor, sku), `${sku} of ${countsFor}`).toBeLessThanOrEqual(limit);
    }
  }
  const { now } = world.shop.clock;
  for (const { state, expiresAt, createdAt } of holds.filter(({ owner }) => owner.startsWith('cart:'))) {
    expect(state).toBe('held');
    expect(expiresAt).toBeLessThanOrEqual(createdAt + SETTINGS.holdLifetimeMaxMs);
    expect(expiresAt).toBeLessThanOrEqual(now + SETTINGS.holdTtlMs);
  }
  const lines = holds.map(({ owner, sku }) => `${owner} ${sku}`);
  expect(new Set(lines).size).toBe(lines.length);
  await world.shop.soundAudit();
}

function boughtBy({ placed }: CartWorld, countsFor: string, sku: string): number {
  const lines = placed.filter((each) => each.countsFor === countsFor).flatMap(({ order }) => order.lines);
  return lines.filter((line) => line.sku === sku).reduce((sum, { quantity, returned }) => sum + quantity - returned, 0);
}

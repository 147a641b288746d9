import { expect, test } from 'vitest';
import { cartId, orderedId } from './shop-ids.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { openRedisShop } from './redis-shop.ts';

const HOLDS = 20_000;
const BYTES_MAX = 320;

/** For holds like those of the services: time-ordered ids, anonymous customers, SKUs of ten characters. */
test(`a live hold with all its indexes takes at most ${BYTES_MAX} bytes`, { timeout: 60_000 }, async () => {
  await using shop = await openRedisShop();
  const skus = Array.from({ length: 100 }, (_, index) => `SKU-${String(index).padStart(6, '0')}`);
  await shop.store.apply([
    transaction(
      'supply',
      skus.flatMap((sku) => [configure(sku), receive(sku, 1_000)]),
    ),
  ]);
  for (let first = 0; first < HOLDS; first += 1_000) {
    const steps = Array.from({ length: 1_000 }, (_, index) => {
      const owner = cartId(first + index);
      return reserve(orderedId(first + index), skus[index % 100]!, 1, {
        owner,
        customer: owner,
        ttlMs: 900_000 + index,
      });
    });
    await shop.store.apply([transaction(`t${first}`, steps)]);
  }
  const sizes = await Promise.all(
    ['holds', 'due:holds', 'due:skus'].map((name) => shop.admin.memory('USAGE', shop.key(name), 'SAMPLES', 0)),
  );
  const perHold = sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0) / HOLDS;
  console.log(`a live hold takes ${perHold.toFixed(0)} bytes`);
  expect(perHold).toBeLessThanOrEqual(BYTES_MAX);
});

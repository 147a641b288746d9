import { expect, test } from 'vitest';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import type { Store } from '../../src/store/store.ts';
import { openMemoryStore } from '../../src/server/compose.ts';
import { ManualRuntime } from '../support/manual-runtime.ts';
import { OPERATOR, shopper, yes } from '../support/shop.ts';

const REST_MS = 16_000;
const MINUTE_MS = 60_000;

/** Starts a shop, and counts its sweeps. Nothing notifies it of what other processes do. */
async function started(restMs: number | undefined) {
  const runtime = new ManualRuntime();
  const store: Store = openMemoryStore({ shop: 'main', clock: runtime.wallMs });
  const counts = { reclaims: 0, reads: 0 };
  const counted: Pick<Store, 'reclaim' | 'read' | 'onAlarm'> = {
    reclaim: (request) => store.reclaim(request).finally(() => (counts.reclaims += 1)),
    read: (requests) => store.read(requests).finally(() => (counts.reads += 1)),
    onAlarm: () => () => undefined,
  };
  const watched = new Proxy(store, {
    get(target, name) {
      if (name in counted) return Reflect.get(counted, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const shop: Holdfast = createHoldfast({ store: watched, restMs }, runtime);
  yes(await shop.stock.define({ sku: 'mug' }, OPERATOR));
  yes(await shop.stock.receive({ sku: 'mug', quantity: 9 }, OPERATOR));
  shop.expiry.start();
  const during = async (ms: number): Promise<typeof counts> => {
    const before = { ...counts };
    await runtime.advance(ms);
    return { reclaims: counts.reclaims - before.reclaims, reads: counts.reads - before.reads };
  };
  const end = async (): Promise<void> => {
    await shop.expiry.stop();
    await shop.close();
  };
  return { shop, store, runtime, during, end };
}

test('a shop that nothing changes is swept less and less often', async () => {
  const { during, end } = await started(REST_MS);
  await during(3 * MINUTE_MS);
  const resting = await during(10 * MINUTE_MS);
  // A sweep is two reclaims, and the leader reads its cursor.
  const sweeps = Math.ceil((10 * MINUTE_MS) / REST_MS) + 1;
  expect(resting.reclaims).toBeGreaterThan(sweeps);
  expect(resting.reclaims).toBeLessThan(3 * sweeps);
  expect(resting.reads).toBeLessThanOrEqual(sweeps);
  await end();
});

test('without a rest, each second has a sweep', async () => {
  const { during, end } = await started(undefined);
  await during(MINUTE_MS);
  expect((await during(MINUTE_MS)).reclaims).toBeGreaterThanOrEqual(118);
  await end();
});

test('a change of this process ends the rest at once', async () => {
  const { shop, during, end } = await started(REST_MS);
  await during(5 * MINUTE_MS);
  yes(await shop.stock.receive({ sku: 'mug', quantity: 1 }, OPERATOR));
  expect((await during(2_500)).reclaims).toBeGreaterThanOrEqual(4);
  await end();
});

test('a hold of another process expires within a second after a rest', async () => {
  const { shop, store, runtime, during, end } = await started(REST_MS);
  const other = createHoldfast({ store, settings: { holdTtlMs: 30_000 } }, runtime);
  await during(5 * MINUTE_MS);
  const line = yes(await other.carts.add({ sku: 'mug', quantity: 1 }, shopper('amy')())).lines[0];
  await other.close();
  await during(40_000);
  const { movements } = yes(await shop.stock.history({ sku: 'mug' }));
  const expired = movements.find(({ kind }) => kind === 'expired');
  expect(expired?.at).toBeLessThanOrEqual((line?.expiresAt ?? 0) + 1_100);
  await end();
});

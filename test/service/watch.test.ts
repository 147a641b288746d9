import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Step } from '../../src/domain/steps.ts';
import { TooManyWatchers } from '../../src/contract/calls/call.ts';
import { createHoldfast } from '../../src/shop/holdfast.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { updatesOf } from '../../src/shop/watch/update-stream.ts';
import type { StockUpdate } from '../../src/shop/watch/watched-sku.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type ReadRequest, StoreError } from '../../src/store/store.ts';
import { engines, memoryEngine } from '../support/engines.ts';
import { fault, openFaultyStore } from '../support/faulty-store.ts';
import { collectGarbage } from '../support/garbage.ts';
import { hookedStore } from '../support/hooked-store.ts';
import { poll } from '../support/poll.ts';
import { OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { transaction } from '../support/transactions.ts';

/** A subscriber that records all updates and their times. */
function listener({ isSlow = false } = {}) {
  const heard: { update: StockUpdate; ms: number }[] = [];
  const calls: (readonly StockUpdate[])[] = [];
  let isEnded = false;
  const sink = {
    update: (updates: readonly StockUpdate[]): boolean => {
      calls.push(updates);
      for (const update of updates) heard.push({ update, ms: performance.now() });
      return !isSlow;
    },
    end: (): void => {
      isEnded = true;
    },
  };
  const last = (sku: string): StockUpdate | undefined => heard.findLast(({ update }) => update.sku === sku)?.update;
  const units = (sku: string): number | undefined => last(sku)?.available;
  return { sink, heard, calls, last, units, isEnded: () => isEnded };
}

type Listener = ReturnType<typeof listener>;

/** Checks that no state of a SKU follows a newer or an equal one. */
function expectForward({ heard }: Listener): void {
  const newest = new Map<string, number>();
  for (const { update } of heard) {
    expect(update.version).toBeGreaterThan(newest.get(update.sku) ?? -1);
    newest.set(update.sku, update.version);
  }
}

const receive = async (shop: Pick<Shop, 'holdfast'>, sku: string, quantity = 1): Promise<number> =>
  yes(await shop.holdfast.stock.receive({ sku, quantity }, OPERATOR)).version;

describe.each(engines)('watching stock on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('sends the states of all SKUs together, then changes, and an unknown SKU once', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 3 });
    await shop.supply('lamp', { units: 100 });
    const ear = listener();
    shop.holdfast.watch.subscribe(['fan', 'nope', 'lamp', 'fan'], ear.sink);
    await poll(() => ear.calls.length === 1);
    expect(ear.calls[0]).toEqual([
      { sku: 'fan', available: 3, status: 'low', version: 2 },
      { sku: 'nope', available: 0, status: 'unknown', version: 0 },
      { sku: 'lamp', available: 100, status: 'in_stock', version: 4 },
    ]);
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 3 }, shopper('ann')()));
    yes(await shop.holdfast.stock.define({ sku: 'nope' }, OPERATOR));
    await poll(() => ear.units('fan') === 0);
    const again = listener();
    shop.holdfast.watch.subscribe(['nope'], again.sink);
    await poll(() => again.last('nope')?.status === 'out_of_stock');
    expect(ear.last('nope')?.status).toBe('unknown');
    expect(ear.last('fan')).toEqual({ sku: 'fan', available: 0, status: 'out_of_stock', version: 5 });
    expectForward(ear);
  });

  test('sends changes without a movement, and changes by other processes', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 10 });
    const ear = listener();
    shop.holdfast.watch.subscribe(['fan'], ear.sink);
    await poll(() => ear.units('fan') === 10);
    await receive(shop, 'fan');
    await poll(() => ear.units('fan') === 11);
    yes(await shop.holdfast.stock.define({ sku: 'fan', safetyStock: 5 }, OPERATOR));
    await poll(() => ear.units('fan') === 6);
    const other = await shop.another(engine);
    await receive({ holdfast: other }, 'fan', 5);
    await poll(() => ear.units('fan') === 11);
    expect(ear.heard.map(({ update }) => update.available)).toEqual([10, 11, 6, 11]);
  });

  test('sends the expiry of a hold even if nothing ends it', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 5 });
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 5 }, shopper('ann')()));
    const ear = listener();
    shop.holdfast.watch.subscribe(['fan'], ear.sink);
    await poll(() => ear.units('fan') === 0);
    shop.clock.now += DEFAULT_SETTINGS.holdTtlMs;
    await poll(() => ear.units('fan') === 5);
    expect(ear.heard).toHaveLength(2);
  });

  test('sends a burst in few updates, at most 10 in a second, and always the last state', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 1 });
    const ear = listener();
    shop.holdfast.watch.subscribe(['fan'], ear.sink);
    await poll(() => ear.heard.length > 0);
    let version = 0;
    const end = performance.now() + 1_500;
    while (performance.now() < end) version = await receive(shop, 'fan');
    await poll(() => ear.last('fan')?.version === version);
    expectForward(ear);
    const busiest = ear.heard.map(
      ({ ms }) => ear.heard.filter((other) => other.ms >= ms && other.ms < ms + 1_000).length,
    );
    expect(Math.max(...busiest)).toBeLessThanOrEqual(10);
    expect(ear.heard.length).toBeGreaterThan(3);
  });

  test('sends the last state after more changes than a page of the ledger has', async () => {
    await using shop = await openShopWith(engine);
    const skus = Array.from({ length: 20 }, (_, n) => `sku-${n}`);
    for (const sku of skus) await shop.supply(sku);
    const ear = listener();
    shop.holdfast.watch.subscribe(skus, ear.sink);
    await poll(() => ear.heard.length > 0);
    const versions = new Map<string, number>();
    for (let round = 0; round < 60; round += 1) {
      await Promise.all(skus.map(async (sku) => versions.set(sku, await receive(shop, sku))));
    }
    await poll(() => skus.every((sku) => ear.last(sku)?.version === versions.get(sku)));
    expectForward(ear);
  });

  test('skips states for a slow subscriber, and sends the last one', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 1 });
    const [slow, quick] = [listener({ isSlow: true }), listener()];
    const subscription = shop.holdfast.watch.subscribe(['fan'], slow.sink);
    shop.holdfast.watch.subscribe(['fan'], quick.sink);
    await poll(() => slow.heard.length === 1 && quick.heard.length === 1);
    for (let units = 2; units <= 4; units += 1) {
      await receive(shop, 'fan');
      await poll(() => quick.units('fan') === units);
    }
    expect(slow.heard).toHaveLength(1);
    subscription.resume();
    await poll(() => slow.units('fan') === 4);
    expect(slow.heard).toHaveLength(2);
  });
});

describe('the shared reader', () => {
  test('reads as little for a thousand subscribers as for one, sends all the same object, and stops with the last', async () => {
    let reads = 0;
    const memory = openMemoryStore({ shop: 'main' });
    const store = hookedStore(memory, { afterRead: async () => void (reads += 1) });
    const holdfast = createHoldfast({ store, settings: { sellAt: 'sale' } });
    yes(await holdfast.stock.define({ sku: 'fan' }, OPERATOR));
    const ears = Array.from({ length: 1_000 }, () => listener());
    reads = 0;
    const subscriptions = ears.map(({ sink }) => holdfast.watch.subscribe(['fan'], sink));
    await poll(() => ears.every(({ heard }) => heard.length === 1));
    expect(reads).toBeLessThan(10);
    yes(await holdfast.stock.receive({ sku: 'fan', quantity: 1 }, OPERATOR));
    await poll(() => ears.every(({ heard }) => heard.length === 2));
    expect(new Set(ears.map(({ heard }) => heard[1]?.update)).size).toBe(1);
    expect(holdfast.stats()).toMatchObject({ watchSubscribers: 1_000, watchUpdatesSent: 2_000 });
    for (const subscription of subscriptions) subscription.close();
    subscriptions[0]?.close();
    yes(await holdfast.stock.receive({ sku: 'fan', quantity: 1 }, OPERATOR));
    await new Promise((resolve) => setTimeout(resolve, 300));
    reads = 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(reads).toBe(0);
    expect(ears.every(({ heard }) => heard.length === 2)).toBe(true);
    await holdfast.close();
  });

  test('reads again for each new subscriber, because the known state may be old', async () => {
    await using shop = await openShopWith(memoryEngine);
    await shop.supply('fan', { units: 1 });
    shop.holdfast.watch.subscribe(['fan'], listener().sink);
    for (let units = 2; units < 30; units += 1) {
      await receive(shop, 'fan');
      const ear = listener();
      const subscription = shop.holdfast.watch.subscribe(['fan'], ear.sink);
      await poll(() => ear.heard.length > 0);
      expect(ear.heard[0]?.update.available).toBe(units);
      subscription.close();
    }
  });

  test('sends a change long before the sweep would find it', async () => {
    await using shop = await openShopWith(memoryEngine);
    await shop.supply('fan', { units: 1 });
    const ear = listener();
    shop.holdfast.watch.subscribe(['fan'], ear.sink);
    await poll(() => ear.units('fan') === 1);
    const start = performance.now();
    for (let units = 2; units <= 6; units += 1) {
      await receive(shop, 'fan');
      await poll(() => ear.units('fan') === units);
    }
    expect(performance.now() - start).toBeLessThan(2_500);
  });

  test('starts with all SKUs at once, even if that takes several reads', async () => {
    await using shop = await openShopWith(memoryEngine);
    const skus = Array.from({ length: 1_200 }, (_, n) => `none-${n}`);
    const ear = listener();
    shop.holdfast.watch.subscribe(skus, ear.sink);
    await poll(() => ear.calls.length > 0);
    expect(ear.calls[0]).toHaveLength(1_200);
  });

  test('drops a read that a later read has overtaken', async () => {
    let [gate, open]: [Promise<void> | null, () => void] = [null, () => {}];
    const hooks = {
      afterRead: async (asked: readonly ReadRequest[]): Promise<void> => {
        const held = asked.some(({ skus }) => skus?.includes('fan')) ? gate : null;
        if (held) gate = null;
        await held;
      },
    };
    const holdfast = createHoldfast({ store: hookedStore(openMemoryStore({ shop: 'main' }), hooks) });
    yes(await holdfast.stock.define({ sku: 'fan' }, OPERATOR));
    const [early, late] = [listener(), listener()];
    holdfast.watch.subscribe(['fan'], early.sink);
    await poll(() => early.heard.length === 1);
    gate = new Promise<void>((resolve) => (open = resolve));
    // From here on a round of the reader has the old state.
    await poll(() => gate === null);
    await holdfast.store.apply([transaction('t', [{ kind: 'adjust', sku: 'fan', delta: 9, as: 'received' }])]);
    holdfast.watch.subscribe(['fan'], late.sink);
    await poll(() => late.units('fan') === 9);
    open();
    await poll(() => early.units('fan') === 9);
    await receive({ holdfast }, 'fan');
    await poll(() => early.units('fan') === 10 && late.units('fan') === 10);
    expectForward(early);
    expectForward(late);
    expect(late.heard.map(({ update }) => update.available)).toEqual([9, 10]);
    await holdfast.close();
  });

  test('keeps subscribers during an outage, logs it once, and continues after it', async () => {
    const faulty = openFaultyStore();
    const lines: string[] = [];
    const note = (_: object, message: string): void => void lines.push(message);
    const holdfast = createHoldfast({ store: faulty.store, log: { info: note, warn: note, error: note } });
    yes(await holdfast.stock.define({ sku: 'fan' }, OPERATOR));
    const [early, late] = [listener(), listener()];
    holdfast.watch.subscribe(['fan'], early.sink);
    await poll(() => early.heard.length === 1);
    faulty.fail('read', fault('unavailable'));
    await poll(() => lines.length > 0);
    holdfast.watch.subscribe(['fan', 'lamp'], late.sink);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(late.heard).toEqual([]);
    faulty.fail('read', null);
    yes(await holdfast.stock.receive({ sku: 'fan', quantity: 7 }, OPERATOR));
    await poll(() => early.units('fan') === 7 && late.units('fan') === 7 && late.last('lamp')?.status === 'unknown');
    expect(lines).toEqual(['the stock watch cannot read and will try again', 'the stock watch works again']);
    await holdfast.close();
  });

  test('forgets closed subscribers, even during an outage', async () => {
    const faulty = openFaultyStore();
    const holdfast = createHoldfast({ store: faulty.store });
    const stays = listener();
    holdfast.watch.subscribe(['fan'], stays.sink);
    await poll(() => stays.heard.length === 1);
    faulty.fail('read', fault('unavailable'));
    const comeAndGo = async (): Promise<WeakRef<object>> => {
      const { sink } = listener();
      const { close } = holdfast.watch.subscribe(['fan'], sink);
      await nextTurn();
      close();
      return new WeakRef(sink);
    };
    const gone = await Promise.all(Array.from({ length: 100 }, comeAndGo));
    await poll(() => {
      collectGarbage();
      return gone.every((sink) => sink.deref() === undefined);
    });
    expect(holdfast.stats().watchSubscribers).toBe(1);
    await holdfast.close();
  });

  test('limits subscribers, ends them when it closes, and accepts none after that', async () => {
    await using shop = await openShopWith(memoryEngine);
    const { watch } = shop.holdfast;
    const ears = Array.from({ length: 10_000 }, () => listener());
    for (const { sink } of ears) watch.subscribe(['fan'], sink);
    expect(() => watch.subscribe(['fan'], listener().sink)).toThrow(TooManyWatchers);
    await watch.close();
    expect(ears.every(({ isEnded }) => isEnded())).toBe(true);
    expect(() => watch.subscribe(['fan'], listener().sink)).toThrow(StoreError);
  });
});

describe('SKUs', () => {
  const hundred = (n: number): string[] => Array.from({ length: 100 }, (_, m) => `sku-${n}-${m}`);

  test('that are unknown do not count after their read', async () => {
    await using shop = await openShopWith(memoryEngine);
    await shop.supply('fan', { units: 1 });
    const { watch } = shop.holdfast;
    for (let round = 0; round < 3; round += 1) {
      const ears = Array.from({ length: 500 }, (_, n) => ({ n, ear: listener() }));
      for (const { n, ear } of ears) watch.subscribe(hundred(1_000 * round + n), ear.sink);
      await poll(() => ears.every(({ ear }) => ear.heard.length === 100));
      const honest = listener();
      watch.subscribe(['fan'], honest.sink);
      await poll(() => honest.units('fan') === 1);
    }
    expect(shop.holdfast.stats().watchSubscribers).toBe(1_503);
  });

  test('without a read are limited, because the store may be unavailable', async () => {
    const faulty = openFaultyStore();
    const { watch, stock, close } = createHoldfast({ store: faulty.store });
    yes(await stock.define({ sku: 'fan' }, OPERATOR));
    const early = listener();
    watch.subscribe(['fan'], early.sink);
    await poll(() => early.heard.length === 1);
    faulty.fail('read', fault('unavailable'));
    for (let n = 0; n < 1_000; n += 1) watch.subscribe(hundred(n), listener().sink);
    expect(() => watch.subscribe(['lamp'], listener().sink)).toThrow(TooManyWatchers);
    watch.subscribe(['fan'], listener().sink);
    await close();
  });

  test('that exist are limited, and only a subscriber of new ones is refused', async () => {
    await using shop = await openShopWith(memoryEngine);
    const steps = (n: number): Step[] => hundred(n).map((sku) => ({ kind: 'configure', sku, safetyStock: 0 }));
    for (let n = 0; n < 501; n += 1) await shop.store.apply([transaction(`t${n}`, steps(n))]);
    const { watch } = shop.holdfast;
    const ears = Array.from({ length: 500 }, () => listener());
    const subscriptions = ears.map(({ sink }, n) => watch.subscribe(hundred(n), sink));
    await poll(() => ears.every(({ heard }) => heard.length >= 100));
    expect(() => watch.subscribe(hundred(500), listener().sink)).toThrow(TooManyWatchers);
    watch.subscribe(hundred(0), listener().sink);
    subscriptions[1]?.close();
    watch.subscribe(hundred(500), listener().sink);
  });
});

test('limits each client without affecting others', async () => {
  await using shop = await openShopWith(memoryEngine);
  const { watch } = shop.holdfast;
  const ofOne = Array.from({ length: 200 }, () => watch.subscribe(['fan'], listener().sink, '192.0.2.1'));
  expect(() => watch.subscribe(['fan'], listener().sink, '192.0.2.1')).toThrow(TooManyWatchers);
  watch.subscribe(['fan'], listener().sink, '192.0.2.2');
  watch.subscribe(['fan'], listener().sink);
  ofOne[0]?.close();
  ofOne[0]?.close();
  watch.subscribe(['fan'], listener().sink, '192.0.2.1');
  expect(() => watch.subscribe(['fan'], listener().sink, '192.0.2.1')).toThrow(TooManyWatchers);
});

describe('updates one by one', () => {
  test('come until the caller stops, and a slow caller skips states', async () => {
    await using shop = await openShopWith(memoryEngine);
    await shop.supply('fan', { units: 1 });
    const leave = new AbortController();
    const updates = updatesOf(shop.holdfast.watch, ['fan'], leave.signal);
    expect((await updates.next()).value).toMatchObject({ available: 1 });
    for (let round = 0; round < 5; round += 1) await receive(shop, 'fan');
    expect((await updates.next()).value).toMatchObject({ available: 6 });
    const waiting = updates.next();
    leave.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(shop.holdfast.stats().watchSubscribers).toBe(0);
  });

  test('end with an error when the watch closes', async () => {
    await using shop = await openShopWith(memoryEngine);
    const updates = updatesOf(shop.holdfast.watch, ['fan']);
    await updates.next();
    const waiting = updates.next();
    const [ended] = await Promise.allSettled([waiting, shop.holdfast.watch.close()]);
    expect(ended).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
  });
});

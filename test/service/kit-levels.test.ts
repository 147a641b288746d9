import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { kitOf } from '../support/kit-shop.ts';
import { openLocatedShop } from '../support/located-shop.ts';
import { OPERATOR, openShopWith, yes } from '../support/shop.ts';
import { hookedStore } from '../support/hooked-store.ts';
import { poll } from '../support/poll.ts';

describe.each(engines)('the level of a kit on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (settings: object = {}) => {
    const shop = await openShopWith(engine, {
      settings: { sellAt: 'dispatch', cacheMs: 0, lowStockUnits: 2, ...settings },
    });
    await shop.supply('mug', { units: 10 });
    await shop.supply('box', { units: 9 });
    yes(await shop.holdfast.stock.define({ sku: 'set', components: kitOf({ mug: 2, box: 1 }) }, OPERATOR));
    return shop;
  };

  test('is what the scarcest component gives, in levels, lists and for shoppers', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    const shown = async () => yes(await stock.availability({ skus: ['set'] }))[0];
    expect(await shown()).toEqual({ sku: 'set', available: 5, status: 'in_stock' });
    yes(await stock.adjust({ sku: 'mug', delta: -5, reason: 'broken' }, OPERATOR));
    expect(await shown()).toEqual({ sku: 'set', available: 2, status: 'low' });
    const { items } = yes(await stock.list({}));
    expect(items.map(({ sku, available }) => [sku, available])).toEqual([
      ['box', 9],
      ['mug', 5],
      ['set', 2],
    ]);
    yes(await stock.adjust({ sku: 'box', delta: -9, reason: 'wet' }, OPERATOR));
    expect(await shown()).toEqual({ sku: 'set', available: 0, status: 'out_of_stock' });
    yes(await stock.define({ sku: 'box', safetyStock: 1 }, OPERATOR));
    yes(await stock.receive({ sku: 'box', quantity: 2 }, OPERATOR));
    expect(yes(await stock.level({ sku: 'set' }))).toMatchObject({ onHand: 0, available: 1 });
  });

  test('has the units of overdue holds of its components', async () => {
    await using shop = await open();
    yes(await shop.holdfast.inventory.reserve({ sku: 'box', quantity: 9, reference: 'r', ttlMs: 1_000 }, OPERATOR));
    expect(yes(await shop.holdfast.stock.level({ sku: 'set' })).available).toBe(0);
    shop.clock.now += 1_001;
    expect(yes(await shop.holdfast.stock.level({ sku: 'set' })).available).toBe(5);
    expect(yes(await shop.holdfast.stock.availability({ skus: ['set'] }))[0]?.available).toBe(5);
  });

  test('may be a backorder of a component, until the last of them arrives', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    yes(await stock.count({ sku: 'box', onHand: 0 }, OPERATOR));
    yes(await stock.define({ sku: 'box', backorderLimit: 3, shipsAt: 7_000 }, OPERATOR));
    expect(yes(await stock.availability({ skus: ['set'] }))).toEqual([
      { sku: 'set', available: 3, status: 'backorder', shipsAt: 7_000 },
    ]);
    yes(await stock.count({ sku: 'mug', onHand: 1 }, OPERATOR));
    yes(await stock.define({ sku: 'mug', backorderLimit: 1, shipsAt: 9_000 }, OPERATOR));
    expect(yes(await stock.availability({ skus: ['set'] }))).toEqual([
      { sku: 'set', available: 1, status: 'backorder', shipsAt: 9_000 },
    ]);
    yes(await stock.define({ sku: 'mug', shipsAt: null }, OPERATOR));
    expect(yes(await stock.availability({ skus: ['set'] }))).toEqual([
      { sku: 'set', available: 1, status: 'backorder' },
    ]);
  });

  test('is the sum over the locations that have the kit and sell', async () => {
    await using shop = await openLocatedShop(engine, {
      locations: ['berlin', 'paris'],
      stock: { mug: { main: 4, berlin: 3, paris: 9 }, box: { main: 9, berlin: 9, paris: 9 } },
      settings: { cacheMs: 0 },
    });
    const { stock, locations } = shop.holdfast;
    const components = kitOf({ mug: 2, box: 1 });
    for (const location of ['main', 'berlin']) yes(await stock.define({ sku: 'set', components, location }, OPERATOR));
    const shown = async (channel?: string) => yes(await stock.availability({ skus: ['set'], channel }))[0]?.available;
    expect(await shown()).toBe(3);
    yes(await locations.define({ id: 'berlin', channels: ['web'] }, OPERATOR));
    yes(await locations.define({ id: 'main', channels: ['store'] }, OPERATOR));
    expect([await shown('web'), await shown('store')]).toEqual([1, 2]);
    expect(yes(await stock.level({ sku: 'set', location: 'berlin' }))).toMatchObject({ components, available: 1 });
    expect(yes(await stock.level({ sku: 'set', location: 'paris' }))).toMatchObject({ components, available: 0 });
  });

  test('reaches watchers when a component changes', async () => {
    await using shop = await open();
    const seen: (number | undefined)[] = [];
    const sink = {
      update: (news: readonly { available?: number }[]) => (seen.push(...news.map((each) => each.available)), true),
      end: () => {},
    };
    const watching = shop.holdfast.watch.subscribe(['set'], sink);
    await poll(() => seen.length > 0);
    yes(await shop.holdfast.stock.receive({ sku: 'mug', quantity: 2 }, OPERATOR));
    await poll(() => seen.includes(6));
    yes(await shop.holdfast.inventory.reserve({ sku: 'box', quantity: 8, reference: 'r' }, OPERATOR));
    await poll(() => seen.includes(1));
    watching.close();
    expect(seen).toEqual([5, 6, 1]);
  });

  test('of an archived or damaged component is none', async () => {
    await using shop = await open();
    yes(await shop.holdfast.stock.count({ sku: 'box', onHand: 0 }, OPERATOR));
    yes(await shop.holdfast.stock.archive({ sku: 'box', reason: 'gone' }, OPERATOR));
    expect(yes(await shop.holdfast.stock.level({ sku: 'set' })).available).toBe(0);
  });

  test('is read with its components: once more the first time, and in one read from then on', async () => {
    await using shop = await open();
    let reads = 0;
    const hooks = { afterRead: async () => void (reads += 1) };
    const other = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const readsOf = async (sku: string) => {
      reads = 0;
      yes(await other.stock.level({ sku }));
      return reads;
    };
    await readsOf('mug');
    expect([await readsOf('mug'), await readsOf('set'), await readsOf('set')]).toEqual([1, 2, 1]);
  });
});

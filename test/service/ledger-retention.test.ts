import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast } from '../../src/shop/holdfast.ts';
import { MemoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { engines, memoryEngine } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { audited, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const DAY_MS = 86_400_000;
const settings = { ledgerRetentionMs: 6 * DAY_MS };

/** A day of a shop: receipts, sales, abandoned carts, and long holds. */
async function tradeForDays(shop: Shop, days: number): Promise<void> {
  const { stock, carts, checkout, inventory, expiry } = shop.holdfast;
  for (let day = 0; day < days; day += 1) {
    const name = `b${shop.clock.now}`;
    for (const sku of ['cup', 'mug']) {
      yes(await stock.receive({ sku, quantity: 5 }, OPERATOR));
      yes(await carts.add({ sku, quantity: 2 }, shopper(name)()));
      yes(await carts.add({ sku, quantity: 1 }, shopper(`left-${name}`)()));
    }
    yes(await checkout.place({}, shopper(name)('pay')));
    shop.clock.now += DAY_MS;
    await expiry.sweepNow();
  }
  yes(await inventory.reserve({ sku: 'cup', quantity: 1, reference: 'lasting' }, OPERATOR));
}

async function open(engine: (typeof engines)[number]): Promise<Shop> {
  const shop = await openShopWith(engine, { settings });
  for (const sku of ['cup', 'mug']) await shop.supply(sku, { units: 10 });
  return shop;
}

const oldest = async (store: Store) => (await store.feed({ after: null, limit: 1 }))[0];

const checkpoints = async (store: Store): Promise<string[]> => {
  const { documents } = await store.scan({ kind: 'documents', cursor: null, limit: 5_000 });
  return documents.map(({ key }) => key).filter((key) => key.startsWith('checkpoint:'));
};

describe.each(engines)('trimming the ledger on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('keeps young entries', async () => {
    await using shop = await open(engine);
    await tradeForDays(shop, 6);
    const first = await oldest(shop.store);
    expect(await shop.holdfast.trimLedger()).toBe(false);
    expect(await oldest(shop.store)).toEqual(first);
  });

  test('deletes old entries, and audits return the same as before', async () => {
    await using shop = await open(engine);
    for (let round = 0; round < 3; round += 1) {
      await tradeForDays(shop, 9);
      const before = await shop.soundAudit();
      expect(await shop.holdfast.trimLedger()).toBe(true);
      expect(await shop.holdfast.trimLedger()).toBe(false);
      expect((await oldest(shop.store))!.at).toBeGreaterThanOrEqual(shop.clock.now - settings.ledgerRetentionMs);
      expect(await shop.soundAudit()).toEqual(before);
      expect(await checkpoints(shop.store)).toHaveLength(2);
    }
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'cup', limit: 500 }));
    expect(movements.length).toBeGreaterThan(0);
    expect(movements.every(({ at }) => at >= shop.clock.now - settings.ledgerRetentionMs)).toBe(true);
  });

  test('keeps entries that the expiry cursor has not passed', async () => {
    await using shop = await openShopWith(engine, { settings });
    await shop.supply('cup', { units: 10 });
    shop.clock.now += 40 * DAY_MS;
    yes(await shop.holdfast.stock.receive({ sku: 'cup', quantity: 1 }, OPERATOR));
    expect(await shop.holdfast.trimLedger()).toBe(false);
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(true);
    await shop.soundAudit();
  });

  test('leaves one checkpoint if two processes trim at once, and audits find nothing', async () => {
    await using shop = await open(engine);
    const other = await shop.another(engine, { settings });
    await tradeForDays(shop, 9);
    const [, , one, two] = await Promise.all([
      shop.holdfast.trimLedger(),
      other.trimLedger(),
      audited(shop.holdfast),
      audited(other),
    ]);
    expect([one.violations, two.violations]).toEqual([[], []]);
    expect(await checkpoints(shop.store)).toHaveLength(2);
    await shop.soundAudit();
  });

  test('repeats an audit during which the ledger was trimmed', async () => {
    await using shop = await open(engine);
    await tradeForDays(shop, 9);
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { settings, store: hookedStore(shop.store, hooks) });
    let trimmed = 0;
    hooks.afterRead = async () => {
      trimmed += 1;
      if (trimmed === 1) expect(await shop.holdfast.trimLedger()).toBe(true);
    };
    expect((await audited(slow)).violations).toEqual([]);
    expect(trimmed).toBeGreaterThan(2);
  });

  test('finishes a trim that was interrupted after the checkpoint', async () => {
    await using shop = await open(engine);
    await tradeForDays(shop, 9);
    const { store } = shop;
    const noTrim = new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (name === 'trimLedger') return () => Promise.reject(new Error('killed'));
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const first = await oldest(store);
    await expect((await shop.another(engine, { settings, store: noTrim })).trimLedger()).rejects.toThrow('killed');
    expect(await oldest(store)).toEqual(first);
    await shop.soundAudit();
    await shop.holdfast.trimLedger();
    expect((await oldest(store))!.at).toBeGreaterThan(first!.at);
    await shop.soundAudit();
  });
});

describe('violations and checkpoints', () => {
  const filled = async (): Promise<{ shop: Shop; store: MemoryStore }> => {
    const shop = await open(memoryEngine);
    await tradeForDays(shop, 9);
    if (!(shop.store instanceof MemoryStore)) throw new Error('only its records can be damaged by hand');
    return { shop, store: shop.store };
  };

  test('keeps reporting a SKU that differs, and still trims', async () => {
    const { shop, store } = await filled();
    await using _ = shop;
    store.tables.stocks.set('cup', { ...store.tables.stocks.get('cup')!, onHand: 1_000 });
    const before = (await audited(shop.holdfast)).violations;
    expect(new Set(before.map(({ sku }) => sku))).toEqual(new Set(['cup']));
    const first = await oldest(store);
    expect(await shop.holdfast.trimLedger()).toBe(true);
    expect((await oldest(store))!.at).toBeGreaterThan(first!.at);
    expect((await audited(shop.holdfast)).violations).toEqual(before);
  });

  test('keeps reporting violations of trimmed entries over several checkpoints', async () => {
    const { shop, store } = await filled();
    await using _ = shop;
    const [id, entry] = [...store.tables.ledgerAt].find(([, { kind }]) => kind === 'received')!;
    store.tables.ledgerAt.set(id, { ...entry, quantity: 77 } as typeof entry);
    const before = (await audited(shop.holdfast)).violations;
    expect(before.map(({ rule }) => rule)).toContain('ledger_arithmetic');
    expect(await shop.holdfast.trimLedger()).toBe(true);
    expect(store.tables.ledgerAt.has(id)).toBe(false);
    await tradeForDays(shop, 9);
    expect(await shop.holdfast.trimLedger()).toBe(true);
    const after = (await audited(shop.holdfast)).violations;
    expect(after.map(({ rule }) => rule)).toContain('ledger_arithmetic');
  });

  test('does not trim the ledger if the checkpoint cannot be read', async () => {
    const { shop, store } = await filled();
    await using _ = shop;
    expect(await shop.holdfast.trimLedger()).toBe(true);
    await tradeForDays(shop, 9);
    store.tables.documents.delete((await checkpoints(store)).find((key) => !key.endsWith('ledger'))!);
    const first = await oldest(store);
    expect(await shop.holdfast.trimLedger()).toBe(false);
    expect(await oldest(store)).toEqual(first);
  });

  test('finds damage after the trim, although the entries are trimmed', async () => {
    const { shop, store } = await filled();
    await using _ = shop;
    await shop.supply('idle', { units: 3 });
    await tradeForDays(shop, 9);
    expect(await shop.holdfast.trimLedger()).toBe(true);
    store.tables.stocks.set('idle', { ...store.tables.stocks.get('idle')!, onHand: 4 });
    const { violations } = await audited(shop.holdfast);
    expect(violations).toMatchObject([{ rule: 'on_hand_is_ledger', sku: 'idle', found: '4', expected: '3' }]);
  });

  test.each([
    ['a part is missing', (store: MemoryStore, part: string) => store.tables.documents.delete(part)],
    [
      'a part cannot be read',
      (store: MemoryStore, part: string) =>
        store.tables.documents.set(part, { ...store.tables.documents.get(part)!, body: '[' }),
    ],
  ])('reports that %s', async (_name, spoil) => {
    const { shop, store } = await filled();
    await using _ = shop;
    expect(await shop.holdfast.trimLedger()).toBe(true);
    spoil(store, (await checkpoints(store)).find((key) => !key.endsWith('ledger'))!);
    const { ok, violations } = await audited(createHoldfast({ store, settings }));
    expect(ok).toBe(false);
    expect(violations[0]).toMatchObject({ rule: 'checkpoint' });
  });
});

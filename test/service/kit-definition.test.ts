import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { kitOf } from '../support/kit-shop.ts';
import { openLocatedShop } from '../support/located-shop.ts';
import { no, OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';

type Components = { sku: string; quantity: number }[];

describe.each(engines)('the definition of a kit on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async () => {
    const shop = await openShopWith(engine, { settings: { sellAt: 'dispatch' } });
    await shop.supply('box', { units: 7 });
    await shop.supply('mug', { units: 10 });
    return shop;
  };
  const define = (shop: Pick<Shop, 'holdfast'>, sku: string, components: Components | null, more: object = {}) =>
    shop.holdfast.stock.define({ sku, components, ...more }, OPERATOR);
  const issuesOf = (answer: Awaited<ReturnType<typeof define>>): string => {
    const refusal = no(answer);
    expect(refusal.reason).toBe('invalid_input');
    return refusal.reason === 'invalid_input'
      ? refusal.meta.issues.map(({ path, message }) => `${path} ${message}`).join('; ')
      : '';
  };

  test('names its components, and shows them in levels and events', async () => {
    await using shop = await open();
    const components = kitOf({ mug: 3, box: 1 });
    const level = yes(await define(shop, 'set', components, { title: 'Three mugs' }));
    expect(level).toMatchObject({ sku: 'set', title: 'Three mugs', components, onHand: 0, reserved: 0, available: 3 });
    expect(level).not.toHaveProperty('inKits');
    expect(yes(await shop.holdfast.stock.level({ sku: 'mug' }))).not.toHaveProperty('components');
    const { items } = yes(await shop.holdfast.events.list({}));
    expect(items[0]).toMatchObject({ what: 'stock.define', after: { sku: 'set', title: 'Three mugs', components } });
    expect(JSON.stringify(items)).not.toContain('inKits');
  });

  test('may change while the kit was never held or sold', async () => {
    await using shop = await open();
    yes(await define(shop, 'set', kitOf({ mug: 3, box: 1 })));
    expect(yes(await define(shop, 'set', kitOf({ mug: 2 }))).available).toBe(5);
    expect(yes(await define(shop, 'set', null))).not.toHaveProperty('components');
    yes(await shop.holdfast.stock.receive({ sku: 'set', quantity: 2 }, OPERATOR));
    expect(yes(await define(shop, 'big', kitOf({ set: 2 }))).available).toBe(1);
  });

  test('accepts known SKUs that are not kits, and not the kit itself', async () => {
    await using shop = await open();
    yes(await define(shop, 'set', kitOf({ mug: 3 })));
    expect(no(await define(shop, 'new', kitOf({ gone: 1 })))).toEqual({ reason: 'unknown_sku', meta: { sku: 'gone' } });
    expect(no(await shop.holdfast.stock.level({ sku: 'new' }))).toMatchObject({ reason: 'unknown_sku' });
    expect(issuesOf(await define(shop, 'big', kitOf({ box: 1, set: 1 })))).toBe(
      'components.1.sku must be a SKU that is not a kit',
    );
    expect(issuesOf(await define(shop, 'own', kitOf({ own: 1 })))).toContain(
      'must be a SKU other than that of the kit',
    );
    yes(await define(shop, 'spare', null));
    yes(await define(shop, 'other', kitOf({ spare: 1 })));
    const inKits = 'components must be null: the SKU is a component of a kit, or was one';
    expect(issuesOf(await define(shop, 'spare', kitOf({ mug: 1 })))).toBe(inKits);
    yes(await define(shop, 'other', null));
    expect(issuesOf(await define(shop, 'spare', kitOf({ mug: 1 })))).toBe(inKits);
  });

  test.each([{ safetyStock: 1 }, { backorderLimit: 2 }, { shipsAt: 3 }])('refuses a kit with %j', async (setting) => {
    await using shop = await open();
    const [name] = Object.keys(setting);
    const message = new RegExp(`^${name} must be (0|null): the SKU is a kit$`);
    expect(issuesOf(await define(shop, 'set', kitOf({ mug: 1 }), setting))).toMatch(message);
    yes(await define(shop, 'set', kitOf({ mug: 1 })));
    expect(issuesOf(await shop.holdfast.stock.define({ sku: 'set', ...setting }, OPERATOR))).toMatch(message);
    yes(await shop.holdfast.stock.define({ sku: 'plain', ...setting }, OPERATOR));
    expect(issuesOf(await define(shop, 'plain', kitOf({ mug: 1 })))).toMatch(message);
    yes(await define(shop, 'plain', kitOf({ mug: 1 }), { safetyStock: 0, backorderLimit: null, shipsAt: null }));
    expect(yes(await define(shop, 'set', null, setting))).toMatchObject(setting);
  });

  test('is that of all locations', async () => {
    await using shop = await openLocatedShop(engine, {
      locations: ['berlin'],
      stock: { mug: { main: 9, berlin: 4 }, box: { main: 1, berlin: 9 } },
    });
    const components = kitOf({ mug: 2, box: 1 });
    yes(await define(shop, 'set', components));
    expect(yes(await define(shop, 'set', components, { location: 'berlin' }))).toMatchObject({
      components,
      available: 3,
      locations: [
        { location: 'berlin', available: 2 },
        { location: 'main', available: 1 },
      ],
    });
    yes(await shop.holdfast.stock.define({ sku: 'lid', location: 'berlin', safetyStock: 1 }, OPERATOR));
    expect(issuesOf(await define(shop, 'lid', kitOf({ mug: 1 })))).toContain('safetyStock must be 0');
    yes(await define(shop, 'set', kitOf({ mug: 1 })));
    expect(yes(await shop.holdfast.stock.level({ sku: 'set' })).available).toBe(13);
    const [first, ...others] = (await shop.store.read([{ skus: ['mug', 'mug@berlin'] }]))[0]?.stock ?? [];
    expect([first, ...others].map((record) => record?.inKits)).toEqual([true, true]);
  });

  test('never puts a kit into a kit, if two processes define them at once', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    for (let round = 0; round < 12; round += 1) {
      const [inner, outer] = [`inner-${round}`, `outer-${round}`];
      yes(await define(shop, inner, null));
      const answers = await Promise.all([
        define(shop, inner, kitOf({ mug: 1 })),
        other.stock.define({ sku: outer, components: kitOf({ [inner]: 1 }) }, OPERATOR),
      ]);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    }
  });

  test('is repeated by its key', async () => {
    await using shop = await open();
    const input = { sku: 'set', components: kitOf({ mug: 3 }), idempotencyKey: 'define-1' };
    const keyed = { ...OPERATOR, idempotencyKey: 'define-1' };
    const first = yes(await shop.holdfast.stock.define(input, keyed));
    expect(yes(await shop.holdfast.stock.define(input, keyed))).toEqual(first);
    expect(no(await shop.holdfast.stock.define({ ...input, components: null }, keyed)).reason).toBe(
      'idempotency_mismatch',
    );
  });
});

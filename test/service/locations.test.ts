import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { ShopLocations } from '../../src/shop/location/shop-locations.ts';
import { SILENT } from '../../src/transact/log.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';

const MAIN = { id: 'main', priority: 100, active: true };
const once = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

/** The locations as a process with this shop's store follows them. */
const listOf = ({ store }: Shop): ShopLocations =>
  new ShopLocations({
    read: async (request) => (await store.read([request]))[0]!,
    log: SILENT,
    isShared: store.supports.multiProcess,
    runtime: SYSTEM_RUNTIME,
  });

describe.each(engines)('locations on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('a shop that has defined none has main', async () => {
    await using shop = await openShopWith(engine);
    expect(yes(await shop.holdfast.locations.list({}))).toEqual({ items: [MAIN] });
    const list = listOf(shop);
    await list.prepare();
    expect([list.all, list.several, list.keysOf('mug')]).toEqual([[MAIN], false, ['mug']]);
  });

  test('are listed by priority and id, and only given fields change', async () => {
    await using shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    const berlin = yes(
      await locations.define({ id: 'berlin', title: 'Berlin', priority: 5, channels: ['web', 'pos', 'web'] }, OPERATOR),
    );
    expect(berlin).toEqual({ id: 'berlin', title: 'Berlin', priority: 5, active: true, channels: ['pos', 'web'] });
    yes(await locations.define({ id: 'attic' }, OPERATOR));
    const changed = yes(await locations.define({ id: 'berlin', active: false, channels: null }, OPERATOR));
    expect(changed).toEqual({ id: 'berlin', title: 'Berlin', priority: 5, active: false });
    yes(await locations.define({ id: 'berlin', title: null }, OPERATOR));
    yes(await locations.define({ id: 'main', priority: 0 }, OPERATOR));
    const { items } = yes(await locations.list({}));
    expect(items).toEqual([
      { ...MAIN, priority: 0 },
      { id: 'berlin', priority: 5, active: false },
      { id: 'attic', priority: 100, active: true },
    ]);
    const { items: events } = yes(await shop.holdfast.events.list({ limit: 3 }));
    expect(events[2]).toMatchObject({
      what: 'locations.define',
      before: berlin,
      after: changed,
    });
  });

  test('serve all channels, or only those that they name', async () => {
    await using shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    const list = listOf(shop);
    await list.refresh();
    yes(await locations.define({ id: 'main', active: false }, OPERATOR));
    yes(await locations.define({ id: 'web', channels: ['web'], priority: 2 }, OPERATOR));
    yes(await locations.define({ id: 'both', priority: 1 }, OPERATOR));
    await list.refresh();
    const idsFor = (channel?: string) => list.activeFor(channel).map(({ id }) => id);
    expect([idsFor(), idsFor('web'), idsFor('pos')]).toEqual([['both', 'web'], ['both', 'web'], ['both']]);
    expect(list.keysOf('mug')).toEqual(['mug@both', 'mug@web', 'mug']);
    expect([list.several, list.find('web')?.priority, list.find('nowhere')]).toEqual([true, 2, null]);
  });

  test('main alone matters once it sells nothing, or not everywhere', async () => {
    await using shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    const list = listOf(shop);
    for (const [change, several] of [
      [{ active: false }, true],
      [{ active: true, title: 'Warehouse' }, false],
      [{ channels: ['web'] }, true],
    ] as const) {
      yes(await locations.define({ id: 'main', ...change }, OPERATOR));
      await list.refresh();
      expect([change, list.several]).toEqual([change, several]);
    }
  });

  test('are defined once for each key, and kept', async () => {
    await using shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    const [first, again] = await Promise.all([
      locations.define({ id: 'berlin', priority: 7 }, once('k')),
      locations.define({ id: 'berlin', priority: 7 }, once('k')),
    ]);
    expect(yes(again)).toEqual(yes(first));
    expect(no(await locations.define({ id: 'berlin', priority: 8 }, once('k'))).reason).toBe('idempotency_mismatch');
    const other = await shop.another(engine);
    expect(yes(await other.locations.list({})).items).toHaveLength(2);
  });

  test('are 100 at most, also when they are defined at once, and the largest fit into their document', async () => {
    await using shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    const channels = Array.from({ length: 20 }, (_, each) => `${'c'.repeat(29)}-${each + 10}`);
    const title = '\u{2028}'.repeat(255);
    const define = (each: number) =>
      locations.define({ id: `${'l'.repeat(28)}-${each + 100}`, title, channels }, OPERATOR);
    for (let each = 0; each < 60; each += 1) yes(await define(each));
    const defined = await Promise.all(Array.from({ length: 41 }, (_, each) => define(60 + each)));
    expect(defined.filter(({ ok }) => ok)).toHaveLength(39);
    expect(defined.find(({ ok }) => !ok)).toMatchObject({
      refusal: { reason: 'invalid_input', meta: { issues: [{ path: 'id', message: /at most 100/ }] } },
    });
    yes(await locations.define({ id: 'main', title, channels }, OPERATOR));
  });
});

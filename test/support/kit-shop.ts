import type { Settings } from '../../src/contract/settings.ts';
import type { KitComponent } from '../../src/domain/kits.ts';
import type { Engine } from './engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from './shop.ts';

/** Returns the components of a kit from the units of each SKU in it. */
export const kitOf = (units: Record<string, number>): KitComponent[] =>
  Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));

/** Opens a shop with 20 mugs and 9 boxes, and `set`, a kit of two mugs and a box. */
export async function openKitShop(engine: Engine, settings: Partial<Settings> = {}): Promise<Shop> {
  const shop = await openShopWith(engine, { settings });
  await shop.supply('mug', { units: 20, unitPrice: { amount: 500, currency: 'EUR' } });
  await shop.supply('box', { units: 9 });
  const kit = { sku: 'set', components: kitOf({ mug: 2, box: 1 }), unitPrice: { amount: 1_100, currency: 'EUR' } };
  yes(await shop.holdfast.stock.define(kit, OPERATOR));
  return shop;
}

type Counters = [onHand: number, reserved: number, committed: number, available: number];

/** Returns the counters of the kit, of the mugs and of the boxes. */
export async function countersOf({ holdfast }: Pick<Shop, 'holdfast'>): Promise<Record<string, Counters>> {
  const counters: Record<string, Counters> = {};
  for (const sku of ['set', 'mug', 'box']) {
    const { onHand, reserved, committed, available } = yes(await holdfast.stock.level({ sku }));
    counters[sku] = [onHand, reserved, committed, available];
  }
  return counters;
}

import type { Settings } from '../../src/contract/settings.ts';
import type { SettingsChange } from '../../src/domain/sku-settings.ts';
import { stockKey } from '../../src/domain/stock-keys.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Store } from '../../src/store/store.ts';
import type { Engine } from './engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from './shop.ts';
import { configure, receive, transaction } from './transactions.ts';

/** A shop with several locations, and reads of all of them. */
export type LocatedShop = Shop & {
  /** Gives the SKU the settings at all its locations. */
  defineEverywhere(sku: string, change: SettingsChange): Promise<void>;
  /** Returns the reserved units at all locations. */
  reserved(sku: string): Promise<number>;
  /** Returns `[on hand, reserved, committed]` of each location. */
  counters(sku: string): Promise<Record<string, [number, number, number]>>;
};

interface Located {
  /** In the order of their priority, before `main`. */
  locations: readonly string[];
  /** The units of each SKU at each location. */
  stock: Record<string, Record<string, number>>;
  settings?: Partial<Settings>;
}

let applied = 0;

async function apply(store: Store, steps: Step[]): Promise<void> {
  applied += 1;
  const { answers } = await store.apply([transaction(`located-${applied}`, steps)]);
  if (answers[0]?.status !== 'applied') throw new Error(`not applied: ${JSON.stringify(answers)}`);
}

export async function openLocatedShop(engine: Engine, { locations, stock, settings }: Located): Promise<LocatedShop> {
  const shop = await openShopWith(engine, settings ? { settings } : {});
  for (const [priority, id] of locations.entries()) {
    yes(await shop.holdfast.locations.define({ id, priority }, OPERATOR));
  }
  const keysOf = (sku: string): string[] => [...locations, 'main'].map((location) => stockKey(sku, location));
  const recordsOf = async (sku: string) =>
    (await shop.store.read([{ skus: keysOf(sku) }]))[0]?.stock.filter((record) => record !== null) ?? [];
  for (const [sku, units] of Object.entries(stock)) {
    const steps = Object.entries(units).flatMap(([location, quantity]): Step[] => {
      const key = stockKey(sku, location);
      return [configure(key), ...(quantity > 0 ? [receive(key, quantity)] : [])];
    });
    await apply(shop.store, [configure(sku), ...steps]);
  }
  return Object.assign(shop, {
    defineEverywhere: async (sku: string, change: SettingsChange) =>
      apply(
        shop.store,
        (await recordsOf(sku)).map((record) => configure(record.sku, change)),
      ),
    reserved: async (sku: string) => (await recordsOf(sku)).reduce((sum, { reserved }) => sum + reserved, 0),
    counters: async (sku: string) =>
      Object.fromEntries(
        (await recordsOf(sku)).map(({ sku: key, onHand, reserved, committed }) => [
          key.split('@')[1] ?? 'main',
          [onHand, reserved, committed] as [number, number, number],
        ]),
      ),
  });
}

interface Lines {
  lines: readonly {
    sku: string;
    quantity: number;
    allocations?: readonly { location: string; quantity: number }[];
  }[];
}

/** Returns the units of each line at each location. Throws if they are not the units of the line. */
export function allocated({ lines }: Lines): Record<string, Record<string, number>> {
  return Object.fromEntries(
    lines.map(({ sku, quantity, allocations = [] }) => {
      const units = Object.fromEntries(allocations.map((each) => [each.location, each.quantity]));
      const sum = allocations.reduce((total, each) => total + each.quantity, 0);
      if (sum !== quantity) throw new Error(`${sum} of ${quantity} units of ${sku} are allocated`);
      return [sku, units];
    }),
  );
}

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { isReserving } from '../../domain/machine/held-counts.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { HoldPosition, Store } from '../../store/store.ts';
import type { ShopLocations } from '../location/shop-locations.ts';

/** Yields the holds of some stock keys, or of all, that are held or pinned, for each key by their deadlines. */
export async function* liveHolds(
  store: Pick<Store, 'listHolds'>,
  keys: readonly string[] | undefined,
  limit: number,
): AsyncGenerator<HoldRecord[]> {
  if (keys === undefined) yield* holdsOf(store, {}, limit);
  for (const sku of keys ?? []) yield* holdsOf(store, { sku }, limit);
}

async function* holdsOf(
  store: Pick<Store, 'listHolds'>,
  of: { sku?: string },
  limit: number,
): AsyncGenerator<HoldRecord[]> {
  for (let after: HoldPosition | undefined; ; ) {
    const page = await store.listHolds({ ...of, ...(after ? { after } : {}), limit });
    const reserving = page.filter(isReserving);
    if (reserving.length > 0) yield reserving;
    after = page.at(-1);
    if (page.length < limit) return;
    await yieldToOthers();
  }
}

/** Returns the stock keys of a SKU at all locations. */
export async function keysOfSku(locations: ShopLocations, sku: string): Promise<string[]> {
  await locations.prepare();
  return locations.keysOf(sku);
}

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { isReserving } from '../../domain/machine/held-counts.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { HoldPosition, Store } from '../../store/store.ts';
import { skuOf } from '../../domain/stock-keys.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { PAGE_HOLDS } from '../stock/units/stock-reader.ts';
import type { ShopLocations } from '../location/shop-locations.ts';

/** Yields the holds of some stock keys, or of all, that are held or pinned, for each key by their deadlines. */
export async function* liveHolds(
  store: Pick<Store, 'listHolds'>,
  keys: readonly string[] | undefined,
  limit = PAGE_HOLDS,
): AsyncGenerator<HoldRecord[]> {
  if (keys === undefined) yield* reservingHolds(store, {}, limit);
  for (const sku of keys ?? []) yield* reservingHolds(store, { sku }, limit);
}

async function* reservingHolds(
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

/** Yields those of the named holds that are held or pinned, some at a time, and only those of a SKU if it is given. */
export async function* namedHolds(
  read: ServiceParts['read'],
  holdIds: readonly string[],
  sku: string | undefined,
  limit: number,
): AsyncGenerator<HoldRecord[]> {
  const isWanted = (hold: HoldRecord | null): hold is HoldRecord =>
    hold !== null && isReserving(hold) && (sku === undefined || skuOf(hold.sku) === sku);
  const ids = [...new Set(holdIds)];
  for (let first = 0; first < ids.length; first += limit) {
    const { holds } = await read({ holds: ids.slice(first, first + limit) });
    yield holds.filter(isWanted);
  }
}

/** Returns the stock keys of a SKU at all locations. */
export async function keysOfSku(locations: ShopLocations, sku: string): Promise<string[]> {
  await locations.prepare();
  return locations.keysOf(sku);
}

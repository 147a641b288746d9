import type { HoldRecord } from '../../domain/records.ts';
import type { Store } from '../../store/store.ts';
import { ok, type Result } from '../../contract/calls/call.ts';
import type { HoldsTopInput } from '../../contract/inputs/inputs.ts';
import type { Holder, TopHolders } from '../../contract/outputs/stock-outputs.ts';
import { cartIdOf, cartIdOfSession, isCart } from '../../transact/documents/names.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import { keysOfSku, liveHolds } from './live-holds.ts';

const HOLDERS_PRESET = 20;

/**
 * Returns the name of the session whose units these are: the hash of an anonymous session, `customer:<hash>` for all
 * sessions of a customer, and `detached:<reference>` for holds of the library.
 */
export function holdSessionOf({ customer }: HoldRecord): string {
  const prefix = cartIdOfSession('');
  const cartId = isCart(customer) ? cartIdOf(customer) : '';
  return cartId.startsWith(prefix) ? cartId.slice(prefix.length) : customer;
}

/** Returns the holders with the most units of a SKU in live holds, from a walk over its holds at all locations. */
export async function topHolders(
  { store, locations }: { store: Pick<Store, 'listHolds'>; locations: ShopLocations },
  { sku, by, limit = HOLDERS_PRESET }: HoldsTopInput,
): Promise<Result<TopHolders>> {
  const holders = new Map<string, Holder>();
  const total = { units: 0, holds: 0 };
  for await (const page of liveHolds(store, await keysOfSku(locations, sku))) {
    for (const hold of page) {
      total.units += hold.quantity;
      total.holds += 1;
      const name = by === 'client' ? hold.client : holdSessionOf(hold);
      if (name !== null) add(holders, name, hold);
    }
  }
  const items = [...holders.values()].toSorted((a, b) => b.units - a.units || a.since - b.since).slice(0, limit);
  return ok({ items, ...total, holders: holders.size });
}

function add(holders: Map<string, Holder>, holder: string, { quantity, createdAt }: HoldRecord): void {
  const known = holders.get(holder);
  if (!known) holders.set(holder, { holder, units: quantity, holds: 1, since: createdAt });
  else {
    known.units += quantity;
    known.holds += 1;
    known.since = Math.min(known.since, createdAt);
  }
}

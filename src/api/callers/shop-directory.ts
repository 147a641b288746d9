import { type Mutation, ok, type Query, refuse } from '../../contract/calls/call.ts';
import type { Nothing, ShopInput } from '../../contract/inputs/inputs.ts';
import type { ListedShop, ShownShop } from '../../contract/outputs/shop-outputs.ts';

/** The shops of a process, for its operators. */
export interface ShopDirectory {
  create: Mutation<ShopInput, ShownShop>;
  suspend: Mutation<ShopInput, ShownShop>;
  resume: Mutation<ShopInput, ShownShop>;
  list: Query<Nothing, { items: ListedShop[] }>;
}

/** Returns the directory of a process that serves one shop. */
export function onlyShop(shop: string): ShopDirectory {
  const unknown: ShopDirectory['suspend'] = async (input) =>
    refuse({ reason: 'unknown_shop', meta: { shop: input.shop } });
  return {
    create: async () => refuse({ reason: 'shops_fixed', meta: {} }),
    suspend: unknown,
    resume: unknown,
    list: async () => ok({ items: [{ shop, status: 'active', isOpen: true }] }),
  };
}

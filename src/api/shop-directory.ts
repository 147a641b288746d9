import type { Mutation, Query } from '../contract/call.ts';
import type { Nothing, ShopInput } from '../contract/inputs.ts';
import type { ListedShop, ShownShop } from '../contract/shop-outputs.ts';

/** The shops of a process, for its operators. */
export interface ShopDirectory {
  create: Mutation<ShopInput, ShownShop>;
  suspend: Mutation<ShopInput, ShownShop>;
  resume: Mutation<ShopInput, ShownShop>;
  list: Query<Nothing, { items: ListedShop[] }>;
}

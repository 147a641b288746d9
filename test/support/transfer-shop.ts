import type { Transfer } from '../../src/contract/outputs/transfer-outputs.ts';
import type { Settings } from '../../src/contract/settings.ts';
import { stockKey } from '../../src/domain/stock-keys.ts';
import type { Store } from '../../src/store/store.ts';
import type { Engine } from './engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from './shop.ts';

/** Opens a shop with the locations `main`, `berlin` and `paris`, and with 10 mugs and 5 cups at `main`. */
export async function openTransferShop(engine: Engine, settings: Partial<Settings> = {}): Promise<Shop> {
  const shop = await openShopWith(engine, { settings });
  for (const id of ['berlin', 'paris']) yes(await shop.holdfast.locations.define({ id }, OPERATOR));
  await shop.supply('mug', { units: 10, unitPrice: { amount: 900, currency: 'EUR' }, safetyStock: 1 });
  await shop.supply('cup', { units: 5 });
  return shop;
}

/** Returns the units on hand of a SKU at some locations; null where it has no record. */
export async function onHandAt(
  { store }: { store: Store },
  sku: string,
  ...locations: readonly string[]
): Promise<(number | null)[]> {
  const [view] = await store.read([{ skus: locations.map((location) => stockKey(sku, location)) }]);
  return view!.stock.map((record) => record?.onHand ?? null);
}

export const MUGS = { from: 'main', to: 'berlin', lines: [{ sku: 'mug', quantity: 6 }] };

/** Creates and dispatches a transfer. */
export async function sent({ holdfast }: Shop, input = MUGS): Promise<Transfer> {
  const { transferId } = yes(await holdfast.transfers.create(input, OPERATOR));
  return yes(await holdfast.transfers.dispatch({ transferId }, OPERATOR));
}

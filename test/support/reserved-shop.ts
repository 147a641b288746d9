import type { Settings } from '../../src/contract/settings.ts';
import { liveOrNull } from '../../src/domain/machine/live-hold.ts';
import { NEVER_AT } from '../../src/domain/limits.ts';
import { reservationKey } from '../../src/transact/documents/names.ts';
import type { Engine } from './engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from './shop.ts';

export const TTL_MS = 60_000;
export const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

/** Opens a shop with 10 mugs, 5 cups and 3 pots. */
export async function openReservedShop(engine: Engine, settings: Partial<Settings> = {}): Promise<Shop> {
  const shop = await openShopWith(engine, { settings });
  await shop.supply('mug', { units: 10 });
  await shop.supply('cup', { units: 5 });
  await shop.supply('pot', { units: 3 });
  return shop;
}

/** `[on hand, reserved, committed, available]`. */
export async function unitsOf(shop: Shop, sku: string): Promise<number[]> {
  const { onHand, reserved, committed, available } = yes(await shop.holdfast.stock.level({ sku }));
  return [onHand, reserved, committed, available];
}

/** Returns the live holds of a reservation: units, state, and the deadline as its document has it. */
export async function holdsOf(shop: Shop, reservationId: string) {
  const [view] = await shop.store.read([{ documents: [reservationKey(reservationId)] }]);
  const found = view?.documents[0];
  const holds = found?.holds.flatMap((hold) => liveOrNull(hold ?? undefined) ?? []) ?? [];
  return {
    dueAt: found?.record.dueAt ?? null,
    holds: holds.map(({ sku, quantity, state, expiresAt }) => [
      sku,
      quantity,
      state,
      expiresAt === NEVER_AT ? null : expiresAt,
    ]),
  };
}

export const lines = (...units: readonly (readonly [string, number])[]) =>
  units.map(([sku, quantity]) => ({ sku, quantity }));

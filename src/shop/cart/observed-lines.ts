import type { Cart } from '../../contract/outputs/cart-outputs.ts';
import type { Caller } from '../../contract/calls/call.ts';
import type { HoldRecord } from '../../domain/records.ts';
import { isCart } from '../../transact/documents/names.ts';
import { lineOf } from '../line/line-parts.ts';
import type { HoldStreaks } from './hold-streaks.ts';
import type { StreakHolder } from './streak.ts';

/** Returns the holder of a caller's units. A named customer has a streak of its own, whatever its client. */
export const streakHolderOf = ({ customer, client }: Caller, cartName: string): StreakHolder =>
  customer === null ? { name: cartName, client: client ?? null } : { name: customer, client: null };

/** Returns the holder of the units of a cart's hold. */
const holderOfHold = ({ customer, client, owner }: HoldRecord): StreakHolder => ({
  name: customer,
  client: customer === owner ? client : null,
});

/** Records, from the answer of a call, until when its caller has units of the SKUs. */
export function observeLines(
  streaks: HoldStreaks,
  { caller, cartName }: { caller: Caller; cartName: string },
  skus: Iterable<string>,
  cart: Pick<Cart, 'lines' | 'serverTime'>,
): void {
  if (!streaks.isOn) return;
  const holder = streakHolderOf(caller, cartName);
  for (const sku of skus) streaks.observe(holder, sku, cart);
}

/** Records that holds were released by another caller than their holder. Only holds of carts are recorded. */
export function observeReleases(streaks: HoldStreaks, holds: readonly (HoldRecord | null)[]): void {
  if (!streaks.isOn) return;
  for (const hold of holds) if (hold && isCart(hold.owner)) streaks.observe(holderOfHold(hold), lineOf(hold), NO_LINES);
}

const NO_LINES = { lines: [], serverTime: 0 };

import type { Order } from '../../../contract/outputs/order-outputs.ts';
import type { Result } from '../../../contract/calls/call.ts';
import { cartKey } from '../../../transact/documents/names.ts';
import { unitsOfParts } from '../../cart/cart-document.ts';
import type { HoldStreaks } from '../../cart/hold-streaks.ts';
import type { StreakHolder } from '../../cart/streak.ts';
import { groupByLine, lineOf, sumOf } from '../../line/line-parts.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import type { CartSale } from './cart-sale.ts';
import type { OrderState } from '../record/order-document.ts';

/** The parts for changes of an order that awaits its payment. */
export interface OrderParts extends ServiceParts {
  streaks: HoldStreaks;
}

/** Records that the lines of a cart are pinned for an order, so that their lifetimes continue. */
export function pinStreaks({ streaks }: OrderParts, { cart, lines, body, client }: CartSale, windowMs: number): void {
  if (!streaks.isOn) return;
  const holder = holderOf({ ...body, client });
  for (const parts of groupByLine(lines)) {
    const since = Math.min(...parts.map(({ hold }) => hold.createdAt));
    streaks.pin(holder, { sku: lineOf(parts[0]), units: unitsOfParts(parts), ageMs: cart.at - since }, windowMs);
  }
}

/** Records that the lines of a cart are sold, so that no session continues their lifetimes. */
export function sellStreaks({ streaks }: OrderParts, { lines, body, client }: CartSale): void {
  if (!streaks.isOn) return;
  for (const [line] of groupByLine(lines)) streaks.sold(holderOf({ ...body, client }), lineOf(line));
}

/**
 * Runs a change that may end an order, and records whether its units were sold, released or returned to the cart. `run`
 * calls `see` with the order before the change.
 */
export async function endingStreaks(
  { streaks }: OrderParts,
  { restoreCart = false }: { restoreCart?: boolean | undefined },
  run: (see: (state: OrderState) => void) => Promise<Result<Order>>,
): Promise<Result<Order>> {
  const seen: { state?: OrderState } = {};
  const result = await run((state) => void (seen.state = state));
  if (streaks.isOn && result.ok && seen.state) endStreaks(streaks, seen.state, { order: result.value, restoreCart });
  return result;
}

function endStreaks(
  streaks: HoldStreaks,
  { status, body, lines, at }: OrderState,
  { order, restoreCart }: { order: Order; restoreCart: boolean },
): void {
  if (status !== 'awaiting_payment' || order.status === status) return;
  const holder = holderOf(body);
  const held = lines.flatMap(({ line: { sku, quantity }, hold }) => (hold ? [{ sku, quantity, hold }] : []));
  for (const parts of groupByLine(held)) {
    const sku = lineOf(parts[0]);
    const units = sumOf(parts, ({ quantity }) => quantity);
    const since = Math.min(...parts.map(({ hold }) => hold.createdAt));
    const lost = order.notRestored?.find((each) => each.sku === sku)?.quantity ?? 0;
    const restored = restoreCart ? Math.max(0, units - lost) : 0;
    const freed = order.status === 'placed' ? 0 : units - restored;
    streaks.unpin(holder, { sku, units, ageMs: at - since }, { restored, freed });
  }
}

/** A named customer has a streak of its own, whatever its client. */
const holderOf = ({
  origin: { cartId, customer },
  client,
}: Pick<CartSale['body'], 'origin'> & { client?: string | undefined }): StreakHolder => ({
  name: customer,
  client: customer === cartKey(cartId) ? (client ?? null) : null,
});

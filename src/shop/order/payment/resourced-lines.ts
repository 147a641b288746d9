import type { Step } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import { releaseLine } from '../../cart/cart-document.ts';
import { groupByLine, lineOf, sumOf } from '../../line/line-parts.ts';
import { viewAfter } from '../../stock/units/sellable-units.ts';
import { source } from '../../stock/supply/sourcing.ts';
import { candidatesOf, sourceStockIn, type Supply } from '../../stock/supply/supply.ts';
import type { OrderLineState, OrderState } from '../record/order-document.ts';

interface Resourcing {
  supply: Supply;
  keysOf: (sku: string) => readonly string[];
}

/** Whether the order still holds all units of a part. */
export const isHeld = ({ line, hold }: OrderLineState): boolean => hold?.quantity === line.quantity;

/**
 * Returns the order's lines after a new choice of locations for each line with a lapsed part. The steps release the
 * other parts of these lines. Returns null if too few units are available.
 */
export function reallocateLines(
  state: OrderState,
  view: Snapshot,
  { supply, keysOf }: Resourcing,
): { lines: OrderLineState[]; steps: Step[] } | null {
  const lines: OrderLineState[] = [];
  const steps: Step[] = [];
  // Kits and their components share units, so each line can only have units that the earlier lines leave.
  let left = view;
  for (const parts of groupByLine(state.lines.map((each) => ({ ...each, sku: each.line.sku })))) {
    if (parts.every(isHeld)) {
      lines.push(...parts);
      continue;
    }
    const sku = lineOf(parts[0]);
    const held = parts.flatMap(({ hold }) => hold ?? []);
    const stock = sourceStockIn(left, keysOf(sku));
    const heldAt = (key: string) => held.find((hold) => hold.sku === key) ?? { quantity: 0, backordered: 0 };
    const heldOnHand = ({ quantity, backordered }: ReturnType<typeof heldAt>): number => quantity - backordered;
    const own = {
      availableAt: (key: string): number => stock.availableAt(key) + heldAt(key).quantity,
      onHandAt: (key: string): number => stock.onHandAt(key) + heldOnHand(heldAt(key)),
    };
    const units = sumOf(parts, ({ line }) => line.quantity);
    const allotments = source(candidatesOf(sku, supply, own), { min: units, want: units }, supply.sourcing);
    if (!allotments) return null;
    left = viewAfter(left, allotments);
    steps.push(...held.map((hold) => releaseLine(state, hold)));
    const { countedFor: _, ...line } = parts[0].line;
    for (const { key, units: quantity } of allotments) {
      lines.push({ line: { ...line, sku: key, quantity, sourced: true }, hold: null });
    }
  }
  return { lines, steps };
}

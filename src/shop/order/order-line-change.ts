import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Call, Result } from '../../contract/call.ts';
import type { CancelLineInput, SetLineQuantityInput } from '../../contract/inputs.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { changeOrder } from './order-change.ts';
import { isOfLine, sumOf } from '../line/line-parts.ts';
import { fulfilledOf, openUnits, type OrderBody, type OrderState } from './order-document.ts';
import { committedHolds, putDispatched, refusalOfNoneOpen } from './order-open-lines.ts';

/** Cancels units of a line that have not left the stock. They are available again. */
export const cancelLine = (parts: ServiceParts, input: CancelLineInput, call: Call): Promise<Result<Order>> =>
  changeOrder(parts, { procedure: 'orders.cancelLine', input, call }, (state, view) =>
    changeLine(parts, state, { ...input, view, to: (before) => before - input.quantity }),
  );

/** Sets the units of a line that has open units. More units are taken as for a new order, at the price of the line. */
export const setLineQuantity = (parts: ServiceParts, input: SetLineQuantityInput, call: Call): Promise<Result<Order>> =>
  changeOrder(parts, { procedure: 'orders.setLineQuantity', input, call }, (state, view) =>
    changeLine(parts, state, { ...input, view, to: () => input.quantity }),
  );

interface LineChange {
  sku: string;
  view: Snapshot;
  /** Returns the units of the line afterward. `before`: its units now. */
  to: (before: number) => number;
}

function changeLine(parts: ServiceParts, state: OrderState, { sku, view, to }: LineChange): Decision<Order> {
  const refusal = refusalOfNoneOpen(state);
  if (refusal) return { refusal };
  const line = state.body.lines.filter(isOfLine(sku));
  if (line.length === 0) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const before = sumOf(line, ({ quantity }) => quantity);
  const quantity = to(before);
  const open = quantity - sumOf(line, (part) => fulfilledOf(part, state.status));
  const holds = committedHolds(state, view);
  const own = holds.filter(isOfLine(sku));
  if (open < 0 || own.length === 0) {
    return { refusal: { reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled: sumOf(line, openUnits) } } };
  }
  const limit = parts.settings.lineQuantityMax;
  // The setting may be lower than it was at the sale: the line may still fall to any number.
  if (quantity > Math.max(limit, before)) return { refusal: { reason: 'quantity_limit', meta: { limit } } };
  return putDispatched(parts, state, changeHolds(state.body, holds, changedUnits(own, quantity - before)));
}

/** Returns the units of the holds that change. Units are added to the first hold, and removed from the last ones. */
function changedUnits(own: readonly HoldRecord[], change: number): Map<HoldRecord, number> {
  const [first] = own;
  if (change > 0 && first) return new Map([[first, first.quantity + change]]);
  const changed = new Map<HoldRecord, number>();
  let left = -change;
  for (const hold of own.toReversed()) {
    const cut = Math.min(left, hold.quantity);
    if (cut > 0) changed.set(hold, hold.quantity - cut);
    left -= cut;
  }
  return changed;
}

function changeHolds(body: OrderBody, holds: readonly HoldRecord[], units: ReadonlyMap<HoldRecord, number>) {
  const deltas = new Map([...units].map(([{ sku, quantity }, to]) => [sku, to - quantity]));
  return {
    steps: [...units].map(([hold, to]) => (to === 0 ? endHold(hold) : resizeHold(hold, to))),
    body: {
      ...body,
      lines: body.lines.map((part) => {
        const delta = deltas.get(part.sku) ?? 0;
        return delta === 0 ? part : { ...part, quantity: part.quantity + delta };
      }),
    },
    left: holds.filter((hold) => units.get(hold) !== 0),
  };
}

const endHold = ({ holdId, owner, quantity }: HoldRecord): Step => ({
  kind: 'release',
  holdId,
  owner,
  quantity,
  committed: true,
});

const resizeHold = ({ holdId, owner, quantity }: HoldRecord, to: number): Step => ({
  kind: 'resize',
  holdId,
  owner,
  quantity,
  change: { to },
  quantityMax: to,
});

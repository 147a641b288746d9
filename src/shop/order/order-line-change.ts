import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Call, Result } from '../../contract/call.ts';
import type { CancelLineInput, SetLineQuantityInput } from '../../contract/inputs.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { changeOrder } from './order-change.ts';
import { type BodyLine, fulfilledOf, openUnits, type OrderState } from './order-document.ts';
import { committedHolds, putDispatched, refusalOfNoneOpen } from './order-open-lines.ts';

/** Cancels units of a line that have not left the stock. They are available again. */
export const cancelLine = (parts: ServiceParts, input: CancelLineInput, call: Call): Promise<Result<Order>> =>
  changeOrder(parts, { procedure: 'orders.cancelLine', input, call }, (state, view) =>
    changeLine(parts, state, { ...input, view, to: (line) => line.quantity - input.quantity }),
  );

/** Sets the units of a line that has open units. More units are taken as for a new order, at the price of the line. */
export const setLineQuantity = (parts: ServiceParts, input: SetLineQuantityInput, call: Call): Promise<Result<Order>> =>
  changeOrder(parts, { procedure: 'orders.setLineQuantity', input, call }, (state, view) =>
    changeLine(parts, state, { ...input, view, to: () => input.quantity }),
  );

interface LineChange {
  sku: string;
  view: Snapshot;
  /** Returns the units of the line afterward. */
  to: (line: BodyLine) => number;
}

function changeLine(parts: ServiceParts, state: OrderState, { sku, view, to }: LineChange): Decision<Order> {
  const refusal = refusalOfNoneOpen(state);
  if (refusal) return { refusal };
  const line = state.body.lines.find((each) => each.sku === sku);
  if (!line) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const quantity = to(line);
  const open = quantity - fulfilledOf(line, state.status);
  const holds = committedHolds(state, view);
  const hold = holds.find((each) => each.sku === sku);
  if (open < 0 || !hold) {
    return { refusal: { reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled: openUnits(line) } } };
  }
  const limit = parts.settings.lineQuantityMax;
  // The setting may be lower than it was at the sale: the line may still fall to any number.
  if (quantity > Math.max(limit, line.quantity)) return { refusal: { reason: 'quantity_limit', meta: { limit } } };
  const body = { ...state.body, lines: state.body.lines.map((each) => (each === line ? { ...line, quantity } : each)) };
  const steps = open === 0 ? [endHold(hold)] : [resizeHold(hold, open)];
  const left = open === 0 ? holds.filter((each) => each !== hold) : holds;
  return putDispatched(parts, state, { steps, body, left });
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

import { acceptsChange, type OrderStatus } from '../../../domain/order-states.ts';
import type { HoldRecord } from '../../../domain/records.ts';
import type { Step } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import { assertReadable, type Refusal, ServiceFailure } from '../../../contract/calls/call.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';
import { totalOf } from '../../cart/cart-document.ts';
import type { Decision } from '../../../transact/mutation.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import {
  aboutOrder,
  fulfilledOf,
  openUnits,
  type OrderBody,
  type OrderState,
  orderView,
  putOrder,
  wrongStatus,
} from '../record/order-document.ts';
import { backordersAfter } from '../../line/line-backorders.ts';
import { endedOrder } from '../record/order-retention.ts';

/** The lines of a placed order whose units are still on hand. */

/** Returns the refusal of an order without open units. An order whose units left at the sale is `placed`, too. */
export const refusalOfNoneOpen = (state: OrderState): Refusal | null =>
  acceptsChange(state.status, 'changed_units') && state.body.lines.some((line) => openUnits(line) > 0)
    ? null
    : wrongStatus(state);

/**
 * Returns the committed holds of the order, one for each line with open units. Throws `ServiceFailure` if a line's hold
 * has another number of units, so that the order is not written.
 */
export function committedHolds({ key, body, record }: OrderState, view: Snapshot): HoldRecord[] {
  for (const holdId of record.holds) assertReadable(view, `hold:${holdId}`);
  const holds = (view.documents[0]?.holds ?? []).filter(
    (hold): hold is HoldRecord => hold !== null && hold.owner === key && hold.state === 'committed',
  );
  for (const line of body.lines) {
    const held = holds.find(({ sku }) => sku === line.sku)?.quantity ?? 0;
    const open = openUnits(line);
    if (held !== open) throw new ServiceFailure(`${key} has ${held} committed units of ${line.sku}, not ${open}`);
  }
  return holds;
}

interface OpenChange {
  steps: Step[];
  body: OrderBody;
  /** The holds that the order has afterward. */
  left: readonly Pick<HoldRecord, 'holdId'>[];
}

/** Writes an order whose units were dispatched, cancelled or added. It ends with its last open unit. */
export function putDispatched(
  { settings, seal }: Pick<ServiceParts, 'settings' | 'seal'>,
  { orderId, record, holds: before }: OrderState,
  { steps, body: changed, left }: OpenChange,
): Decision<Order> {
  const total = totalOf(changed.lines);
  const status = statusOfLines(changed);
  const holds = left.map(({ holdId }) => holdId);
  // A cancelled order was paid as well, so it is kept as long as a fulfilled one.
  const isOver = holds.length === 0;
  const { body, ...due } = isOver
    ? endedOrder({ ...changed, total }, 'fulfilled', settings)
    : { body: { ...changed, total } };
  return {
    steps: [...steps, putOrder(record, { status, body, holds, ...due })],
    ...aboutOrder(orderId),
    answerFromCommit: (applied) =>
      orderView(orderId, body, { status, backorders: backordersAfter(before, steps, applied) }, seal),
  };
}

function statusOfLines({ lines }: OrderBody): OrderStatus {
  const isOpen = lines.some((line) => openUnits(line) > 0);
  const hasLeft = lines.some((line) => fulfilledOf(line, null) > 0);
  if (isOpen) return hasLeft ? 'partially_fulfilled' : 'placed';
  return hasLeft ? 'fulfilled' : 'cancelled';
}

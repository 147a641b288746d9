import { isOrderEdge, isSold } from '../../../domain/order-states.ts';
import type { CoreReason, CoreRefusal } from '../../../domain/refusal.ts';
import type { Step } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import {
  aboutOrder,
  movePaidEntry,
  type OrderBody,
  type OrderChange,
  type OrderLineState,
  type OrderState,
  orderView,
  putOrder,
  stateView,
  storedStatus,
  unchangedOrder,
  wrongStatus,
} from '../record/order-document.ts';
import { releaseLine } from '../../cart/cart-document.ts';
import { endedOrder } from '../record/order-retention.ts';
import { backordersAfter } from '../../line/line-backorders.ts';
import { placedOrder } from '../record/placed-order.ts';
import { type SaleTerms, sellHold, sellUnheld, soldLine, type SoldLine } from '../record/sold-line.ts';
import { ok, refuse, type Result } from '../../../contract/calls/call.ts';
import { lineOf } from '../../line/line-parts.ts';
import type { Supply } from '../../stock/supply/supply.ts';
import { isHeld, reallocateLines } from './resourced-lines.ts';
import type { Settings } from '../../../contract/settings.ts';
import type { Decision } from '../../../transact/mutation.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';

/** The refusals of the store that mean that a late order cannot be sold any more. */
export const CANNOT_SELL: readonly CoreReason[] = ['insufficient_stock', 'limit_exceeded', 'unknown_sku'];

interface ConfirmParts {
  settings: Settings;
  newHoldId: () => string;
  /** The locations at which lapsed lines may be reserved again; null in a shop with `main` alone. */
  supply: Supply | null;
  /** Whether the view has the stock of a SKU at all locations. */
  isRead: (sku: string) => boolean;
  /** Returns the keys of a SKU's stock at all locations. */
  keysOf: (sku: string) => readonly string[];
  /** The steps that record why an order became `refund_due`, which moves no units if its holds have lapsed. */
  unsold: readonly Step[];
}

/**
 * Sells an order whose payment has arrived. If the payment is late, the units of lapsed holds are reserved again in the
 * same transaction. If `refused` shows that this has failed because the stock is gone, the order becomes `refund_due`,
 * which is final.
 *
 * With several locations, the locations of lapsed lines are chosen anew. The view has to have their stock.
 *
 * The sale of a lapsed line depends on the limit of its SKU. If the view does not have the SKU, the line is sold as if
 * there were no limit, and the store refuses it with `conflict` if there is one.
 */
export function composeConfirm(
  state: OrderState,
  paymentReference: string,
  { view, refused }: { view: Snapshot; refused: CoreRefusal | null },
  parts: ConfirmParts,
): Decision<Order> {
  if (!isOrderEdge(state.status, 'placed')) {
    const known = paidAnswer(state, paymentReference);
    return known.ok ? unchangedOrder(state) : known;
  }
  const body = { ...state.body, paymentReference };
  const { supply, keysOf } = parts;
  const isStale = supply !== null && refused?.reason === 'insufficient_stock';
  if (refused && CANNOT_SELL.includes(refused.reason) && !isStale) return refundDue(state, body, parts);
  // A line that has lapsed since the stock was read is reserved again at its old location. The store refuses it if no
  // units are left.
  const isRead = lapsedSkus(state).every((sku) => parts.isRead(sku));
  if (!supply || !isRead) return sell(state, body, view, parts);
  const found = reallocateLines(state, view, { supply, keysOf });
  return found ? sell({ ...state, lines: found.lines }, body, view, parts, found.steps) : refundDue(state, body, parts);
}

/** Returns the answer to a payment of a final order. It is the same each time that the same payment is reported. */
export function paidAnswer(state: OrderState, paymentReference: string): Result<Order> {
  const { orderId, status, body } = state;
  const isKnown = body.paymentReference === paymentReference;
  if (isKnown && isSold(status)) return ok(stateView(state));
  return refuse(
    isKnown && status === 'refund_due' ? { reason: 'payment_too_late', meta: { orderId } } : wrongStatus(state),
  );
}

/** Returns the SKUs of the lines that have no live hold any more. */
export const lapsedSkus = ({ lines }: OrderState): string[] => [
  ...new Set(lines.flatMap((each) => (isHeld(each) ? [] : [lineOf(each.line)]))),
];

/** `steps` come before those of the sale. */
function sell(
  state: OrderState,
  body: OrderBody,
  view: Snapshot,
  parts: ConfirmParts,
  steps: readonly Step[] = [],
): Decision<Order> {
  const { orderId } = state;
  const terms = { sellAt: parts.settings.sellAt, orderKey: state.key };
  const sales = state.lines.map((each) => sellOrderLine(state, each, view, { ...parts, terms }));
  const sold = placedOrder(body, sales, parts.settings);
  return {
    steps: [...steps, ...sales.flatMap((sale) => sale.steps), ...putPaid(state, { status: 'placed', ...sold })],
    ...aboutOrder(orderId),
    answerFromCommit: (applied) => {
      const backorders = backordersAfter(
        state.holds,
        sales.flatMap(({ steps }) => steps),
        applied,
      );
      return orderView(orderId, sold.body, { status: 'placed', backorders }, state.seal);
    },
  };
}

/** Sells the line's hold, or a new one if it has lapsed: an expired hold is never revived. */
function sellOrderLine(
  state: OrderState,
  each: OrderLineState,
  { stock }: Snapshot,
  { newHoldId, terms }: ConfirmParts & { terms: SaleTerms },
): SoldLine {
  const { hold } = each;
  const { countedFor: _, ...line } = each.line;
  if (hold && isHeld(each)) {
    const counted = hold.counted ? { ...line, countedFor: hold.customer } : line;
    return { line: soldLine(counted, terms), steps: [sellHold(hold, terms)], holdId: hold.holdId };
  }
  const limit = stock.find((record) => record?.sku === line.sku)?.limitPerCustomer ?? null;
  const { customer } = state.body.origin;
  return sellUnheld(line, limit, { holdId: newHoldId(), customer }, terms);
}

function refundDue(state: OrderState, body: OrderBody, { settings, unsold }: ConfirmParts): Decision<Order> {
  const { orderId } = state;
  const released = state.lines.flatMap(({ hold }) => (hold ? [releaseLine(state, hold)] : []));
  const ended = endedOrder(body, 'refund_due', settings);
  return {
    steps: [...released, ...putPaid(state, { status: 'refund_due', ...ended }), ...unsold],
    ...aboutOrder(orderId),
  };
}

/** An overdue order that is not marked yet becomes `expired` first, so that the ledger only shows allowed changes. */
function putPaid(state: OrderState, change: OrderChange & { body: OrderBody }): Step[] {
  const { status, record } = state;
  const entry = movePaidEntry(state, change.body.paymentReference ?? '');
  if (status !== 'expired' || storedStatus(record) === 'expired') return [putOrder(record, change), ...entry];
  return [putOrder(record, { status: 'expired' }), { ...putOrder(record, change), expect: 'present' }, ...entry];
}

import { isCounted } from '../../domain/machine/grant.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { CoreReason, CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { ConfirmInput } from '../../contract/inputs.ts';
import {
  type BodyLine,
  type OrderBody,
  type OrderChange,
  type OrderState,
  orderState,
  orderView,
  putOrder,
  stateView,
} from './order-document.ts';
import { unknownOrder } from './order-reader.ts';
import { ok, refuse, type Result } from '../../contract/refusals.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Order } from '../../contract/order-outputs.ts';

/** What the store refuses a late sale with when the order cannot be sold any more. */
export const CANNOT_SELL: readonly CoreReason[] = ['insufficient_stock', 'limit_exceeded', 'unknown_sku'];
/** A hold that is reserved anew is consumed in the same transaction, so this time never passes. */
const MOMENT_MS = 60_000;

export interface ConfirmParts {
  settings: Settings;
  newHoldId: () => string;
}

/**
 * A payment has arrived. In time, what is pinned is sold. Late, what has lapsed is reserved anew and all is sold in the
 * same step; `refused` tells that this was tried and that the stock is gone: then the order is `refund_due`, for good.
 */
export function composeConfirm(
  { orderId, paymentReference }: ConfirmInput,
  view: Snapshot,
  refused: CoreRefusal | null,
  parts: ConfirmParts,
): Decision<Order> {
  const state = orderState(orderId, view);
  if (!state) return { refusal: unknownOrder(orderId) };
  const { status, record, key } = state;
  if (status !== 'awaiting_payment' && status !== 'expired') {
    const known = paidAnswer(state, paymentReference);
    return known.ok ? { unchanged: known.value, noopStep: { kind: 'put', key, expect: record.version } } : known;
  }
  const body = { ...state.body, paymentReference };
  if (refused && CANNOT_SELL.includes(refused.reason)) return refundDue(state, body, parts.settings);
  return sell(state, body, view, parts);
}

/** The answer to a payment of an order that has come to an end: the same for the same payment, whenever it is told. */
export function paidAnswer(state: OrderState, paymentReference: string): Result<Order> {
  const { orderId, status, body } = state;
  const isKnown = body.paymentReference === paymentReference;
  if (isKnown && status === 'placed') return ok(stateView(state));
  if (isKnown && status === 'refund_due') return refuse({ reason: 'payment_too_late', meta: { orderId } });
  return refuse({ reason: 'order_state', meta: { orderId, status } });
}

interface Sale {
  line: BodyLine;
  steps: Step[];
}

function sell(state: OrderState, body: OrderBody, view: Snapshot, parts: ConfirmParts): Decision<Order> {
  const { orderId } = state;
  const sales = state.lines.map(({ line, hold }) => {
    const isHeld = hold !== null && hold.quantity === line.quantity;
    return isHeld ? sellHeld(state, line, hold) : sellAnew(state, line, view, parts);
  });
  const sold = { ...body, lines: sales.map(({ line }) => line) };
  const placed: OrderChange = { list: 'placed', body: sold, dueInMs: parts.settings.orderRetentionMs };
  return {
    steps: [...sales.flatMap(({ steps }) => steps), ...putPaid(state, placed)],
    address: null,
    reference: orderId,
    orderId,
    answerFromCommit: () => orderView(orderId, sold, { status: 'placed' }),
  };
}

const consume = ({ key }: OrderState, holdId: string, { quantity, countedFor }: BodyLine): Step => ({
  kind: 'consume',
  holdId,
  owner: key,
  quantity,
  counted: countedFor !== undefined,
});

function sellHeld(state: OrderState, { countedFor: _, ...line }: BodyLine, hold: HoldRecord): Sale {
  const sold = hold.counted ? { ...line, countedFor: hold.customer } : line;
  return { line: sold, steps: [consume(state, hold.holdId, sold)] };
}

/** The line's hold has lapsed: an expired hold is never revived, so another takes its place. */
function sellAnew(
  state: OrderState,
  { countedFor: _, ...line }: BodyLine,
  { stock }: Snapshot,
  { newHoldId }: ConfirmParts,
): Sale {
  const { sku, quantity } = line;
  const { customer } = state.body.origin;
  const holdId = newHoldId();
  const reserve: Step = {
    kind: 'reserve',
    holdId,
    sku,
    min: quantity,
    want: quantity,
    ttlMs: MOMENT_MS,
    owner: state.key,
    customer,
  };
  const limit = stock.find((record) => record?.sku === sku)?.limitPerCustomer ?? null;
  const sold = isCounted(customer, limit) ? { ...line, countedFor: customer } : line;
  return { line: sold, steps: [reserve, consume(state, holdId, sold)] };
}

function refundDue(state: OrderState, body: OrderBody, { orderRetentionMs }: Settings): Decision<Order> {
  const { orderId, key } = state;
  const released = state.lines.flatMap(({ hold }): Step[] =>
    hold ? [{ kind: 'release', holdId: hold.holdId, owner: key, expiredIsFine: true }] : [],
  );
  return {
    steps: [...released, ...putPaid(state, { list: 'refund_due', body, dueInMs: orderRetentionMs })],
    address: null,
    reference: orderId,
    orderId,
  };
}

/** An overdue order that nobody has marked yet expires first: the ledger shows only the edges that orders have. */
function putPaid({ status, record }: OrderState, change: OrderChange): Step[] {
  if (status !== 'expired' || record.list === 'expired') return [putOrder(record, change)];
  return [putOrder(record, { list: 'expired' }), { ...putOrder(record, change), expect: 'present' }];
}

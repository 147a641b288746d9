import type { HoldRecord } from '../domain/records.ts';
import type { Step } from '../domain/steps.ts';
import { type CartState, type LineState, putCart, sweepLines } from './cart-document.ts';
import { type BodyLine, type OrderBody, type OrderState, orderView, putOrder, stateView } from './order-document.ts';
import { holdTtlMs, type Settings } from './settings.ts';
import type { Decision } from './transactor.ts';
import type { Order } from './views.ts';

/** The cart that the holds go back to, as the same snapshot shows it. */
export interface Restoration {
  cart: CartState;
  /** False: lines of a SKU that the cart has got again are not added up, since the store has refused that. */
  canAdd: boolean;
}

/**
 * Calls an order off. Without `restoration` its holds are released; with one they go back to the cart, as far as they fit.
 * To cancel again changes nothing; an order that was paid or has expired is refused `order_state`.
 */
export function composeCancel(state: OrderState, restoration: Restoration | null, settings: Settings): Decision<Order> {
  const { orderId, key, status, body, record } = state;
  if (status === 'cancelled') {
    return { unchanged: stateView(state), marker: { kind: 'put', key, expect: record.version } };
  }
  if (status !== 'awaiting_payment') return { refusal: { reason: 'order_state', meta: { orderId, status } } };
  const { steps, notRestored } = restoration
    ? restore(state, restoration, settings)
    : { steps: heldLines(state).map(({ hold }) => release(state, hold)), notRestored: [] };
  const cancelled: OrderBody = { ...body, ...(notRestored.length > 0 ? { notRestored } : {}) };
  return {
    steps: [...steps, putOrder(record, { list: 'cancelled', body: cancelled, dueInMs: settings.orderRetentionMs })],
    address: null,
    reference: orderId,
    orderId,
    after: () => orderView(orderId, cancelled, { status: 'cancelled' }),
  };
}

interface HeldLine {
  line: BodyLine;
  hold: HoldRecord;
}

interface Given {
  steps: Step[];
  /** A line that is new in the cart. */
  line?: Pick<LineState, 'sku' | 'unitPrice' | 'holdId'>;
  /** Units that were released. */
  left: number;
}

const heldLines = ({ lines }: OrderState): HeldLine[] =>
  lines.flatMap(({ line, hold }) => (hold ? [{ line, hold }] : []));

/** Not `expiredIsFine`: an order whose deadline has come meanwhile has expired, and is not to be cancelled. */
const release = ({ key }: OrderState, { holdId }: HoldRecord): Step => ({ kind: 'release', holdId, owner: key });

function restore(
  state: OrderState,
  restoration: Restoration,
  settings: Settings,
): { steps: Step[]; notRestored: { sku: string; quantity: number }[] } {
  const { cart } = restoration;
  const { steps, live, lost } = sweepLines(cart);
  const lines: Pick<LineState, 'sku' | 'unitPrice' | 'holdId'>[] = [...live];
  const notRestored: { sku: string; quantity: number }[] = [];
  for (const held of heldLines(state)) {
    const given = giveBack(state, held, { ...restoration, room: settings.cartLinesMax - lines.length }, settings);
    steps.push(...given.steps);
    if (given.line) lines.push(given.line);
    if (given.left > 0) notRestored.push({ sku: held.line.sku, quantity: given.left });
  }
  const change = {
    lines,
    lost: lost.filter(({ sku }) => !lines.some((line) => line.sku === sku)),
    dueInMs: settings.cartTtlMs,
  };
  return { steps: [...steps, ...putCart(cart, change)], notRestored };
}

function giveBack(
  state: OrderState,
  { line, hold }: HeldLine,
  { cart, canAdd, room }: Restoration & { room: number },
  settings: Settings,
): Given {
  const { sku, unitPrice = null } = line;
  const lifetimeMs = settings.holdLifetimeMaxMs;
  const nothing: Given = { steps: [release(state, hold)], left: hold.quantity };
  if (hold.createdAt + lifetimeMs <= cart.at) return nothing;
  const present = cart.lines.find((each) => each.sku === sku && each.phase === 'live');
  if (present) return canAdd ? addUp(state, hold, present, settings) : nothing;
  if (room <= 0) return nothing;
  const { holdId } = hold;
  const transfer: Step = {
    kind: 'transfer',
    holdId,
    owner: state.key,
    toOwner: cart.key,
    ttlMs: holdTtlMs(settings),
    lifetimeMs,
  };
  return { steps: [transfer], line: { sku, unitPrice, holdId }, left: 0 };
}

/** The cart has got the SKU again: its line takes the units over, within one transaction, so nobody gets between. */
function addUp(state: OrderState, hold: HoldRecord, present: LineState, settings: Settings): Given {
  const own = present.hold?.quantity ?? 0;
  const quantityMax = settings.lineQuantityMax;
  const units = Math.min(hold.quantity, quantityMax - own);
  if (units <= 0) return { steps: [release(state, hold)], left: hold.quantity };
  const line = { holdId: present.holdId, ...(present.hold ? { owner: present.hold.owner } : {}) };
  return {
    steps: [
      release(state, hold),
      { kind: 'resize', ...line, change: { by: { min: units, want: units } }, quantityMax },
      { kind: 'extend', ...line, ttlMs: holdTtlMs(settings), lifetimeMs: settings.holdLifetimeMaxMs },
    ],
    left: hold.quantity - units,
  };
}

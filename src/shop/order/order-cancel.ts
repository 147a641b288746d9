import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { type CartState, type KeptLine, putCart, settleEndedLines, joinedPrice } from '../cart/cart-document.ts';
import { foldHolds, type HandOver, releaseAll, resizeTo } from '../cart/hold-folding.ts';
import {
  aboutOrder,
  type BodyLine,
  type OrderBody,
  type OrderState,
  orderView,
  putOrder,
  unchangedOrder,
  wrongStatus,
} from './order-document.ts';
import { endedOrder } from './order-retention.ts';
import { cartHoldTtlMs, type Settings } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Money } from '../../contract/output-fields.ts';

/** The cart to which the holds return. */
interface Restoration {
  cart: CartState;
  /** SKUs that the cart has again, and whose holds the store has refused to join. */
  refused: ReadonlySet<string>;
  /** Returns the current price of a SKU; undefined if it was not read. */
  price: (sku: string) => Money | null | undefined;
}

/**
 * Cancels an order. Releases its holds, or returns them to the cart of `restoration`, as far as they fit. Cancelling
 * again changes nothing. An order that was paid or has expired is refused `order_state`.
 */
export function composeCancel(state: OrderState, restoration: Restoration | null, settings: Settings): Decision<Order> {
  const { orderId, status, body, record } = state;
  if (status === 'cancelled') return unchangedOrder(state);
  if (status !== 'awaiting_payment') return { refusal: wrongStatus(state) };
  const { steps, notRestored } = restoration
    ? restoreCart(state, restoration, settings)
    : { steps: heldLines(state).map(({ hold }) => releaseAll(hold)), notRestored: [] };
  const restored: OrderBody = { ...body, ...(notRestored.length > 0 ? { notRestored } : {}) };
  const cancelled = endedOrder(restored, 'cancelled', settings);
  return {
    steps: [...steps, putOrder(record, { status: 'cancelled', ...cancelled })],
    ...aboutOrder(orderId),
    answerFromCommit: () => orderView(orderId, cancelled.body, { status: 'cancelled' }, state.seal),
  };
}

interface HeldLine {
  line: BodyLine;
  hold: HoldRecord;
}

const heldLines = ({ lines }: OrderState): HeldLine[] =>
  lines.flatMap(({ line, hold }) => (hold ? [{ line, hold }] : []));

function restoreCart(
  state: OrderState,
  { cart, refused, price }: Restoration,
  settings: Settings,
): { steps: Step[]; notRestored: { sku: string; quantity: number }[] } {
  const { steps, live, lost } = settleEndedLines(cart);
  const lines = new Map<string, KeptLine>(live.map((line) => [line.sku, line]));
  const notRestored: { sku: string; quantity: number }[] = [];
  const handOver = backToCart(cart.key, settings);
  for (const { line, hold } of heldLines(state)) {
    const { sku, unitPrice = null, repriced = false } = line;
    const present = live.find((each) => each.sku === sku)?.hold ?? null;
    const hasRoom = present ? !refused.has(sku) : lines.size < settings.cartLinesMax;
    if (!hasRoom || hold.createdAt + settings.holdLifetimeMaxMs <= cart.at) {
      steps.push(releaseAll(hold));
      notRestored.push({ sku, quantity: hold.quantity });
      continue;
    }
    const both = hold.quantity + (present?.quantity ?? 0);
    const units = Math.min(both, settings.lineQuantityMax);
    const folded = foldHolds(hold, present, units, { handOver, settings });
    const own = lines.get(sku);
    const linePrice = { unitPrice, repriced };
    steps.push(...folded.steps);
    lines.set(sku, { sku, ...(own ? joinedPrice(own, linePrice, price(sku)) : linePrice), holdId: folded.holdId });
    if (both > units) notRestored.push({ sku, quantity: both - units });
  }
  const change = {
    lines: [...lines.values()],
    lost: lost.filter(({ sku }) => !lines.has(sku)),
    dueInMs: settings.cartTtlMs,
  };
  return { steps: [...steps, ...putCart(cart, change)], notRestored };
}

/** In the cart a hold has the cart's deadline again instead of the payment's, at most until the end of its lifetime. */
const backToCart =
  (toOwner: string, settings: Settings): HandOver =>
  (hold, units) => {
    const { holdId, owner } = hold;
    const ttl = { ttlMs: cartHoldTtlMs(settings), lifetimeMs: settings.holdLifetimeMaxMs };
    return [...resizeTo(hold, units), { kind: 'transfer', holdId, owner, toOwner, ...ttl }];
  };

import type { HoldRecord } from '../../../domain/records.ts';
import type { Step } from '../../../domain/steps.ts';
import { type CartState, type KeptLine, putCart, settleEndedLines, joinedPrice } from '../../cart/cart-document.ts';
import { foldHolds, type HandOver, releaseAll, resizeTo } from '../../cart/hold-folding.ts';
import {
  aboutOrder,
  type BodyLine,
  type OrderBody,
  type OrderState,
  orderView,
  putOrder,
  unchangedOrder,
  wrongStatus,
} from '../record/order-document.ts';
import { countLines, isOfLine, lineOf, sourcedMark, sumOf } from '../../line/line-parts.ts';
import { endedOrder } from '../record/order-retention.ts';
import { cartHoldTtlMs, type Settings } from '../../../contract/settings.ts';
import type { Decision } from '../../../transact/mutation.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';
import type { Money } from '../../../contract/output-fields.ts';

/** The cart to which the holds return. */
interface Restoration {
  cart: CartState;
  /** SKUs that the cart has again, whose holds the store has refused to join. */
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

/** A part of the cart that the holds return to. */
interface RestoredPart extends KeptLine {
  units: number;
}

function restoreCart(
  state: OrderState,
  restoration: Restoration,
  settings: Settings,
): { steps: Step[]; notRestored: { sku: string; quantity: number }[] } {
  const { cart } = restoration;
  const { steps, live, lost } = settleEndedLines(cart);
  const restored = new Map<string, RestoredPart>(
    live.map((part) => [part.sku, { ...part, units: part.hold.quantity }]),
  );
  const left = new Map<string, number>();
  for (const { line, hold } of heldLines(state)) {
    const part = restorePart({ line, hold }, restored, restoration, settings);
    const sku = lineOf(line);
    steps.push(...part.steps);
    if (part.left > 0) left.set(sku, (left.get(sku) ?? 0) + part.left);
  }
  const lines = [...restored.values()];
  const change = {
    lines,
    lost: lost.filter(({ sku }) => !lines.some(isOfLine(sku))),
    dueInMs: settings.cartTtlMs,
  };
  const notRestored = [...left].map(([sku, quantity]) => ({ sku, quantity }));
  return { steps: [...steps, ...putCart(cart, change)], notRestored };
}

/** Returns a hold to the cart, as far as it fits. `left`: the units that do not fit. */
function restorePart(
  { line, hold }: HeldLine,
  restored: Map<string, RestoredPart>,
  { cart, refused, price }: Restoration,
  settings: Settings,
): { steps: Step[]; left: number } {
  const sku = lineOf(line);
  const own = restored.get(hold.sku);
  const present = cart.lines.find(({ holdId }) => holdId === own?.holdId)?.hold ?? null;
  const others = [...restored.values()].filter((each) => each !== own && lineOf(each) === sku);
  const both = hold.quantity + (own?.units ?? 0);
  const units = Math.min(both, settings.lineQuantityMax - sumOf(others, (each) => each.units));
  const isRefused = present !== null && (refused.has(sku) || refused.has(hold.sku));
  const isFull = !own && others.length === 0 && countLines(restored.values()) >= settings.cartLinesMax;
  const isOver = hold.createdAt + settings.holdLifetimeMaxMs <= cart.at;
  if (isRefused || isFull || isOver || (others.length > 0 && units <= (own?.units ?? 0))) {
    return { steps: [releaseAll(hold)], left: hold.quantity };
  }
  const folded = foldHolds(hold, present, units, { handOver: backToCart(cart.key, settings), settings });
  const linePrice = { unitPrice: line.unitPrice ?? null, repriced: line.repriced ?? false };
  const [joined = own] = others;
  const { unitPrice, repriced } = joined ? joinedPrice(joined, linePrice, price(sku)) : linePrice;
  for (const other of others) Object.assign(other, { unitPrice, repriced });
  const mark = sourcedMark(line.sourced === true || own?.sourced === true);
  restored.set(hold.sku, { sku: hold.sku, ...mark, unitPrice, repriced, holdId: folded.holdId, units });
  return { steps: folded.steps, left: both - units };
}

/** In the cart a hold has the cart's deadline again instead of the payment's, at most until the end of its lifetime. */
const backToCart =
  (toOwner: string, settings: Settings): HandOver =>
  (hold, units) => {
    const { holdId, owner } = hold;
    const ttl = { ttlMs: cartHoldTtlMs(settings), lifetimeMs: settings.holdLifetimeMaxMs };
    return [...resizeTo(hold, units), { kind: 'transfer', holdId, owner, toOwner, ...ttl }];
  };

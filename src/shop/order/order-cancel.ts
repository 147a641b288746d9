import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { type CartState, extendLine, type KeptLine, putCart, sweepLines } from '../cart/cart-document.ts';
import { joinedPrice } from '../cart/line-price.ts';
import { type BodyLine, type OrderBody, type OrderState, orderView, putOrder, stateView } from './order-document.ts';
import { holdTtlMs, type Settings } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Money, Order } from '../../contract/views.ts';

/** The cart that the holds go back to, as the same snapshot shows it. */
export interface Restoration {
  cart: CartState;
  /** SKUs whose lines are not added up where the cart has got them again, since the store has refused that. */
  refused: ReadonlySet<string>;
  /** The present price of a SKU; undefined where it is not known. */
  price: (sku: string) => Money | null | undefined;
}

/**
 * Calls an order off. Without `restoration` its holds are released; with one they go back to the cart, as far as they fit.
 * To cancel again changes nothing; an order that was paid or has expired is refused `order_state`.
 */
export function composeCancel(state: OrderState, restoration: Restoration | null, settings: Settings): Decision<Order> {
  const { orderId, key, status, body, record } = state;
  if (status === 'cancelled') {
    return { unchanged: stateView(state), noopStep: { kind: 'put', key, expect: record.version } };
  }
  if (status !== 'awaiting_payment') return { refusal: { reason: 'order_state', meta: { orderId, status } } };
  const { steps, notRestored } = restoration
    ? restore(state, restoration, settings)
    : { steps: heldLines(state).map(({ hold }) => release(hold)), notRestored: [] };
  const cancelled: OrderBody = { ...body, ...(notRestored.length > 0 ? { notRestored } : {}) };
  return {
    steps: [...steps, putOrder(record, { list: 'cancelled', body: cancelled, dueInMs: settings.orderRetentionMs })],
    address: null,
    reference: orderId,
    orderId,
    answerFromCommit: () => orderView(orderId, cancelled, { status: 'cancelled' }),
  };
}

interface HeldLine {
  line: BodyLine;
  hold: HoldRecord;
}

interface Given {
  steps: Step[];
  /** The cart's line of the SKU from now on. */
  line?: KeptLine;
  /** Units that were released. */
  left: number;
}

const heldLines = ({ lines }: OrderState): HeldLine[] =>
  lines.flatMap(({ line, hold }) => (hold ? [{ line, hold }] : []));

/** Not `expiredIsFine`: an order whose deadline has come meanwhile has expired, and is not to be cancelled. */
const release = ({ holdId, owner, quantity }: HoldRecord): Step => ({ kind: 'release', holdId, owner, quantity });

function restore(
  state: OrderState,
  { cart, refused, price }: Restoration,
  settings: Settings,
): { steps: Step[]; notRestored: { sku: string; quantity: number }[] } {
  const { steps, live, lost } = sweepLines(cart);
  const lines = new Map<string, KeptLine>(live.map((line) => [line.sku, line]));
  const notRestored: { sku: string; quantity: number }[] = [];
  for (const held of heldLines(state)) {
    const { sku } = held.line;
    const present = live.find((line) => line.sku === sku)?.hold ?? null;
    const hasRoom = present ? !refused.has(sku) : lines.size < settings.cartLinesMax;
    const hasTime = held.hold.createdAt + settings.holdLifetimeMaxMs > cart.at;
    const given =
      hasRoom && hasTime
        ? giveBack(held, present, cart.key, settings)
        : { steps: [release(held.hold)], left: held.hold.quantity };
    steps.push(...given.steps);
    const { line } = given;
    const own = lines.get(sku);
    if (line) lines.set(sku, own ? { ...line, ...joinedPrice(own, line, price(sku)), sku, holdId: line.holdId } : line);
    if (given.left > 0) notRestored.push({ sku, quantity: given.left });
  }
  const change = {
    lines: [...lines.values()],
    lost: lost.filter(({ sku }) => !lines.has(sku)),
    dueInMs: settings.cartTtlMs,
  };
  return { steps: [...steps, ...putCart(cart, change)], notRestored };
}

/**
 * The hold goes back; where the cart has got the SKU again, `present`, both become one. The younger is folded into the
 * older, whose life goes on, so that nobody holds units for longer by moving them to and fro. The one is released and
 * the other raised within one transaction: nobody gets between.
 */
function giveBack({ line, hold }: HeldLine, present: HoldRecord | null, owner: string, settings: Settings): Given {
  const { sku, unitPrice = null, repriced = false } = line;
  const both = hold.quantity + (present?.quantity ?? 0);
  const units = Math.min(both, settings.lineQuantityMax);
  const isOlder = present === null || hold.createdAt < present.createdAt;
  const kept = isOlder ? hold : present;
  const younger = isOlder ? present : hold;
  const steps: Step[] = younger ? [release(younger)] : [];
  if (units !== kept.quantity) steps.push(resize(kept, units));
  steps.push(isOlder ? takeBack(hold, owner, settings) : extendLine(present.holdId, owner, settings));
  return { steps, line: { sku, unitPrice, repriced, holdId: kept.holdId }, left: both - units };
}

const resize = ({ holdId, owner, quantity }: HoldRecord, units: number): Step => ({
  kind: 'resize',
  holdId,
  owner,
  quantity,
  change: { to: units },
  quantityMax: units,
});

/** In the cart a hold has the cart's time again, not the payment's, and never more than its lifetime. */
const takeBack = ({ holdId, owner }: HoldRecord, toOwner: string, settings: Settings): Step => ({
  kind: 'transfer',
  holdId,
  owner,
  toOwner,
  ttlMs: holdTtlMs(settings),
  lifetimeMs: settings.holdLifetimeMaxMs,
});

import type { Refused } from '../http-caller.ts';
import { LINE_QUANTITY_MAX, limitOf } from './goods.ts';
import { type Before, type Change, isSoldStatus, type LineState, type Status } from './known-order.ts';
import type { Scene } from './scene.ts';

/** Returns whether a line in this state has to refuse so many units. */
type Rule = (line: LineState, units: number, meta: Refused['meta']) => boolean;

const openUnits = ({ quantity, fulfilled }: LineState): number => quantity - fulfilled;

const exceedsUnfulfilled =
  ({ kind }: Change): Rule =>
  (line, units, { unfulfilled }) => {
    const open = openUnits(line);
    const isTooMuch = kind === 'set' ? open === 0 || units < line.fulfilled : units > open;
    return isTooMuch && unfulfilled === open;
  };

const RULES: Partial<Record<Refused['reason'], (change: Change) => Rule>> = {
  exceeds_unfulfilled: exceedsUnfulfilled,
  return_exceeds_sold: () => (line, units) => units > line.fulfilled - line.returned,
  quantity_limit:
    () =>
    (line, units, { limit }) =>
      units > line.quantity && limit === LINE_QUANTITY_MAX && units > limit,
  insufficient_stock: () => (line, units, meta) => {
    const [short] = meta['lines'] as { requested: number }[];
    return short?.requested === units - line.quantity && openUnits(line) > 0;
  },
  limit_exceeded: () => (line, units) => units > line.quantity && openUnits(line) > 0,
};

/** A refusal of a change implies the state of the order or of one line, at some time during the call. */
export function checkRefusal(scene: Scene, change: Change, answer: Refused, before: Before): void {
  const { orders, faults } = scene;
  const { kind, orderId, units } = change;
  const { reason, meta } = answer;
  const about = () =>
    `${change.name} of ${JSON.stringify([...(units ?? [])])} of ${orderId}: ${JSON.stringify(answer)}`;
  if (reason === 'order_state') return checkState(scene, change, meta['status'] as Status, { before, about });
  const rule = RULES[reason]?.(change);
  if (!rule) return;
  const sku = skuOf(answer, change);
  const quantity = units?.get(sku);
  if (quantity === undefined) return faults.add(`without such a line: ${about()}`);
  if (reason === 'limit_exceeded') faults.unless(meta['limit'] === limitOf(sku), about);
  orders.claim(orderId, sku, before.at, about, (line) => rule(line, quantity, meta));
  if (kind !== 'return') orders.sold(orderId, false);
}

/** `quantity_limit` names no SKU. It refuses the only one of the call. */
function skuOf({ reason, meta }: Refused, { units }: Change): string {
  if (reason === 'insufficient_stock') return (meta['lines'] as { sku: string }[])[0]?.sku ?? '';
  if (reason === 'quantity_limit') return [...(units?.keys() ?? [])].join();
  return String(meta['sku']);
}

/** Only an order without units to dispatch refuses a dispatch, and only one that is not sold refuses a return. */
function checkState(
  { orders, faults }: Scene,
  { kind, orderId }: Change,
  status: Status,
  { before, about }: { before: Before; about: () => string },
): void {
  orders.reached(orderId, status, before);
  if (kind === 'return') return faults.unless(!isSoldStatus(status), about);
  faults.unless(status !== 'partially_fulfilled', about);
  if (status === 'placed') orders.sold(orderId, true);
}

import type { Path, Refused } from '../http-caller.ts';

type Reasons = readonly Refused['reason'][];

const TAKING: Reasons = ['insufficient_stock', 'limit_exceeded', 'quantity_limit', 'conflict', 'unknown_sku'];
const SELLING: Reasons = ['cart_empty', 'hold_expired', 'cart_changed', 'conflict'];

/** All refusals that a call of the scenario may receive. A procedure that is absent here must not be refused. */
const ALLOWED: Partial<Record<Path, Reasons>> = {
  'cart.add': TAKING,
  'cart.setQuantity': TAKING,
  'cart.remove': ['conflict'],
  'cart.clear': ['conflict'],
  'cart.extend': ['conflict'],
  'cart.merge': ['conflict', 'invalid_input'],
  'checkout.place': SELLING,
  'checkout.begin': SELLING,
  'checkout.confirm': ['order_state', 'payment_too_late'],
  'checkout.cancel': ['order_state', 'unknown_order'],
  'orders.get': ['unknown_order'],
  'orders.return': ['return_exceeds_sold', 'order_state', 'conflict'],
  'orders.fulfil': ['exceeds_unfulfilled', 'order_state', 'conflict'],
  'orders.cancelLine': ['exceeds_unfulfilled', 'order_state', 'conflict'],
  'orders.setLineQuantity': [
    'exceeds_unfulfilled',
    'order_state',
    'quantity_limit',
    'insufficient_stock',
    'limit_exceeded',
    'conflict',
  ],
  'holds.release': ['hold_not_active', 'order_state'],
  'stock.adjust': ['below_reserved'],
  'stock.writeOff': ['below_reserved'],
  'stock.count': ['below_reserved', 'count_mismatch'],
  'stock.level': ['not_authorized'],
};

export const isAllowed = (path: Path, { reason }: Refused): boolean => ALLOWED[path]?.includes(reason) ?? false;

/** Returns why the details of a refusal contradict its reason, or null. */
export function nonsenseOf(path: Path, { reason, meta }: Refused): string | null {
  if (reason === 'insufficient_stock') {
    const lines = meta['lines'] as { requested: number; available: number }[];
    const isShort = lines.length > 0 && lines.every((line) => line.available >= 0 && line.available < line.requested);
    return isShort ? null : `not short: ${JSON.stringify(lines)}`;
  }
  if (reason === 'limit_exceeded') {
    return Number(meta['limit']) > 0 && Number(meta['already']) >= 0 ? null : `no limit: ${JSON.stringify(meta)}`;
  }
  if (reason === 'order_state' && path === 'holds.release') {
    return meta['status'] === 'awaiting_payment' ? null : `an order that holds nothing: ${JSON.stringify(meta)}`;
  }
  if (reason === 'hold_expired') return (meta['lines'] as unknown[]).length > 0 ? null : 'nothing has expired';
  if (reason === 'below_reserved') {
    const { onHand, reserved, committed } = meta as Record<string, number>;
    const isThere = Number(reserved) + Number(committed) <= Number(onHand);
    return isThere ? null : `more reserved and committed than there are: ${JSON.stringify(meta)}`;
  }
  return null;
}

import type { CallName, CallPlan } from './call-plans.ts';
import type { PlaceShop } from './place-shop.ts';

/**
 * Most plans are made apt: they are about an order, reservation or transfer that allows the call, and about one of its
 * lines. Without that, nearly all of these calls would be refused.
 */
const SOLD = ['placed', 'partially_fulfilled'];
const APT: { readonly [D in CallName]?: [kind: 'orders' | 'reservations' | 'transfers', statuses: string[]] } = {
  pay: ['orders', ['awaiting_payment', 'expired']],
  cancel: ['orders', ['awaiting_payment']],
  fulfil: ['orders', SOLD],
  cancelLine: ['orders', SOLD],
  setLine: ['orders', SOLD],
  giveBack: ['orders', ['partially_fulfilled', 'fulfilled']],
  commit: ['reservations', ['reserved']],
  dispatch: ['reservations', ['committed', 'partially_fulfilled']],
  release: ['reservations', ['reserved', 'committed', 'partially_fulfilled']],
  resize: ['reservations', ['reserved', 'committed', 'partially_fulfilled']],
  send: ['transfers', ['draft']],
  arrive: ['transfers', ['in_transit']],
  callOff: ['transfers', ['in_transit']],
};

type Named = { sku: string; quantity: number };
interface AnyPlan {
  does: CallName;
  nth: number;
  sku?: string;
  line?: Named | null;
}

export function aptPlan(plan: CallPlan, shop: PlaceShop): CallPlan {
  const [kind, statuses] = APT[plan.does] ?? [];
  if (!kind || !statuses) return plan;
  const newestFirst = shop[kind].toReversed();
  const apt = newestFirst.filter(({ status }) => statuses.includes(status));
  const { nth, sku, line } = plan as AnyPlan;
  const found = apt[nth % Math.max(1, apt.length)];
  if (!found) return plan;
  const own = [...new Set(('parts' in found ? found.parts : found.lines).map((each) => each.sku))];
  const skuIn = (named: string): string => own[named.charCodeAt(0) % own.length] ?? named;
  const chosen = {
    ...plan,
    nth: newestFirst.indexOf(found as never),
    ...(sku === undefined ? {} : { sku: skuIn(sku) }),
    ...(line ? { line: { ...line, sku: skuIn(line.sku) } } : {}),
  };
  return chosen as CallPlan;
}

import type { Step } from '../domain/steps.ts';
import type { Snapshot } from '../store/store.ts';
import { type CartState, cartState, type LineState, lostLines } from './cart-document.ts';
import { STALE_CART } from './cart-service.ts';
import { totalOf } from './cart-view.ts';
import { demandDecoded } from './failures.ts';
import type { CheckoutService } from './services.ts';
import { newId } from './ids.ts';
import type { Call, PlaceInput } from './inputs.ts';
import { cartKey, orderKey } from './names.ts';
import { orderLine, orderOf, type OrderBody, orderView } from './order-document.ts';
import { invalid, ok, type Result, refuse } from './refusals.ts';
import type { Settings } from './settings.ts';
import type { Read } from './stock-reader.ts';
import type { Decision } from './mutation.ts';
import type { Transactor } from './transactor.ts';
import type { Money, Order } from './views.ts';

export interface CheckoutParts {
  transactor: Transactor;
  read: Read;
  settings: Settings;
  now: () => number;
}

/** Checkout sells a whole cart in one transaction: every hold is consumed, or nothing happened. */
export function createCheckoutService(parts: CheckoutParts): CheckoutService {
  return {
    async place(input, call) {
      const { cartId } = call.caller;
      if (cartId === null) return invalid('', 'only a session has a cart');
      if (call.idempotencyKey === undefined) return invalid('idempotencyKey', 'is required');
      const key = cartKey(cartId);
      return parts.transactor.run({
        procedure: 'checkout.place',
        turn: key,
        input,
        call,
        reads: () => ({ documents: [key] }),
        compose: (view) => place(parts, { input, call, cartId }, view),
        stale: STALE_CART,
        answer: ({ reference }) => readOrder(parts.read, reference ?? ''),
      });
    },
  };
}

function place(
  { settings, now }: CheckoutParts,
  { input, call, cartId }: { input: PlaceInput; call: Call; cartId: string },
  view: Snapshot,
): Decision<Order> {
  const state = cartState(cartId, view);
  const lost = lostLines(state);
  if (lost.length > 0) return { refusal: { reason: 'hold_expired', meta: { lines: lost } } };
  const live = state.lines.filter(({ phase }) => phase === 'live');
  if (live.length === 0 || state.version === null) return { refusal: { reason: 'cart_empty', meta: { lines: [] } } };
  const lines = live.map(orderLine);
  const total = totalOf(lines);
  const { expectedTotal, contact } = input;
  if (expectedTotal && !isSameMoney(expectedTotal, total)) {
    return { refusal: { reason: 'cart_changed', meta: { expectedTotal, total } } };
  }
  const orderId = newId('ord_', now());
  const body: OrderBody = {
    session: call.caller.principal,
    createdAt: state.at,
    ...(contact === undefined ? {} : { contact }),
    total,
    lines,
  };
  return {
    steps: sellSteps({ state, live, version: state.version }, orderId, body, settings),
    address: null,
    reference: orderId,
    orderId,
    after: () => orderView(orderId, 'placed', body),
  };
}

/** The quantities are asserted: what the order says, the price included, is what is sold. */
function sellSteps(
  { state, live, version }: { state: CartState; live: readonly LineState[]; version: number },
  orderId: string,
  body: OrderBody,
  { orderRetentionMs }: Settings,
): Step[] {
  const consumed = live.map(({ holdId, hold }): Step => {
    const quantity = hold ? { quantity: hold.quantity } : {};
    return { kind: 'consume', holdId, owner: state.key, ...quantity };
  });
  return [
    ...consumed,
    {
      kind: 'put',
      key: orderKey(orderId),
      expect: 'absent',
      body: JSON.stringify(body),
      list: 'placed',
      dueInMs: orderRetentionMs,
    },
    { kind: 'drop', key: state.key, expect: version },
  ];
}

const isSameMoney = (expected: Money, total: Money | null): boolean =>
  total !== null && expected.amount === total.amount && expected.currency === total.currency;

async function readOrder(read: Read, orderId: string): Promise<Result<Order>> {
  const view = await read({ documents: [orderKey(orderId)] });
  demandDecoded(view, `document:${orderKey(orderId)}`);
  const [found] = view.documents;
  return found ? ok(orderOf(found.record).order) : refuse({ reason: 'unknown_order', meta: { orderId } });
}

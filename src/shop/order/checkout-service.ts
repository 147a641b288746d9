import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { cartSale, type CartSale } from './cart-sale.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import { newId } from '../../transact/ids.ts';
import type { Call } from '../../contract/call.ts';
import type { BeginInput, CheckoutInput, PlaceInput } from '../../contract/inputs.ts';
import { sellWithItems } from './item-sale.ts';
import { cartKey, orderKey } from '../../transact/names.ts';
import { aboutOrder, newOrder, orderView } from './order-document.ts';
import { readOrder } from './order-reader.ts';
import { invalid, type Result } from '../../contract/refusals.ts';
import type { CheckoutService } from './order-api.ts';
import { paymentWindowMaxMs, paymentWindowMs, type Settings } from '../../contract/settings.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Order } from '../../contract/order-outputs.ts';

export interface CheckoutParts {
  transactor: Transactor;
  read: Read;
  settings: Settings;
  now: () => number;
}

type CartCheckout<I> = (sale: CartSale, orderId: string, input: I) => Decision<Order>;

/**
 * Checkout turns a whole cart into an order in one transaction, or nothing happened: `place` sells it at once, `begin`
 * pins it until it is paid.
 */
export function createCheckoutService(parts: CheckoutParts): Pick<CheckoutService, 'place' | 'begin'> {
  const { settings } = parts;
  return {
    place: (input, call) =>
      checkOut(parts, 'checkout.place', { input, call }, (sale, orderId) => place(sale, orderId, settings)),
    begin: async (input, call) =>
      windowRefusal(input, call, settings) ??
      checkOut(parts, 'checkout.begin', { input, call }, (sale, orderId) =>
        begin(withPayment(sale, input), orderId, paymentWindowMs(settings, input.paymentWindowMs)),
      ),
  };
}

/** A shopper who chose the window could keep units from others for longer than the shop wants. */
function windowRefusal({ paymentWindowMs }: BeginInput, { caller }: Call, settings: Settings): Result<never> | null {
  const max = paymentWindowMaxMs(settings);
  const isBound = caller.kind === 'session' && caller.byOperator === undefined;
  if (!isBound || paymentWindowMs === undefined || paymentWindowMs <= max) return null;
  return invalid('paymentWindowMs', `takes a whole number from 1000 to ${max}`);
}

function withPayment(sale: CartSale, { paymentReference }: BeginInput): CartSale {
  return paymentReference === undefined ? sale : { ...sale, body: { ...sale.body, paymentReference } };
}

async function checkOut<I extends CheckoutInput & { items?: PlaceInput['items'] }>(
  { transactor, read, settings, now }: CheckoutParts,
  procedure: string,
  { input, call }: { input: I; call: Call },
  compose: CartCheckout<I>,
): Promise<Result<Order>> {
  const { cartId } = call.caller;
  if (cartId === null) return invalid('', 'only a session has a cart');
  if (call.idempotencyKey === undefined) return invalid('idempotencyKey', 'is required');
  const key = cartKey(cartId);
  const { items } = input;
  return transactor.run({
    procedure,
    lockKeys: key,
    input,
    defaults: { paymentWindowMs: settings.paymentWindowMs },
    call,
    reads: () => ({ documents: [key], ...(items && { skus: [...new Set(items.map(({ sku }) => sku))] }) }),
    compose: (view: Snapshot) => {
      if (items) return sellWithItems({ input: { ...input, items }, call, cartId, settings, now }, view);
      const sale = cartSale({ input, call, cartId }, view);
      return 'refusal' in sale ? sale : compose(sale, newId('ord_', now()), input);
    },
    retryOn: STALE_CART,
    answer: ({ reference }) => readOrder(read, reference ?? ''),
  });
}

/** Quantities are asserted, and whether they count for the customer, so that the order describes what is sold. */
function place(sale: CartSale, orderId: string, { orderRetentionMs }: Settings): Decision<Order> {
  const consumed = sale.lines.map(
    ({ holdId, hold }): Step => ({ kind: 'consume', holdId, owner: sale.cart.key, ...expectedOf(hold) }),
  );
  return {
    steps: [
      ...consumed,
      ...newOrder(orderId, sale.body, { list: 'placed', dueInMs: orderRetentionMs }),
      { kind: 'drop', key: sale.cart.key, expect: sale.version },
    ],
    ...aboutOrder(orderId),
    answerFromCommit: () => orderView(orderId, sale.body, { status: 'placed' }),
  };
}

/** The holds go over to the order, all with one deadline: the order's own. */
function begin(sale: CartSale, orderId: string, windowMs: number): Decision<Order> {
  const toOwner = orderKey(orderId);
  const pinned = sale.lines.map(
    ({ holdId, hold }): Step => ({
      kind: 'pin',
      holdId,
      owner: sale.cart.key,
      ...expectedOf(hold),
      windowMs,
      toOwner,
    }),
  );
  const holds = sale.lines.map(({ holdId }) => holdId);
  return {
    steps: [
      ...pinned,
      ...newOrder(orderId, sale.body, { list: 'awaiting_payment', dueInMs: windowMs, holds }),
      { kind: 'drop', key: sale.cart.key, expect: sale.version },
    ],
    ...aboutOrder(orderId),
    answerFromCommit: ({ at }) =>
      orderView(orderId, sale.body, { status: 'awaiting_payment', payBefore: at + windowMs }),
  };
}

/** What the order's line says of the hold. */
const expectedOf = (hold: CartSale['lines'][number]['hold']): { quantity?: number; counted?: boolean } =>
  hold ? { quantity: hold.quantity, counted: hold.counted } : {};

import type { ServiceParts } from '../stock/service-parts.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { cartSale, type CartSale } from './cart-sale.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import { newId } from '../../transact/ids.ts';
import { type Call, invalid, type Result } from '../../contract/call.ts';
import type { BeginInput, CheckoutInput, PlaceInput } from '../../contract/inputs.ts';
import { sellWithItems } from './item-sale.ts';
import { cartKey, orderKey } from '../../transact/names.ts';
import { aboutOrder, newOrder, orderView } from './order-document.ts';
import { readOrder } from './order-change.ts';
import { consumeHold } from './sold-line.ts';
import type { CheckoutService } from './order-api.ts';
import { paymentWindowMaxMs, paymentWindowMs, type Settings } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Order } from '../../contract/order-outputs.ts';

type CartCheckout<I> = (sale: CartSale, orderId: string, input: I) => Decision<Order>;

/** Checkout turns a whole cart into an order in one transaction: `place` sells it, `begin` pins it until it is paid. */
export function createCheckoutService(parts: ServiceParts): Pick<CheckoutService, 'place' | 'begin'> {
  const { settings } = parts;
  return {
    place: (input, call) =>
      checkOut(parts, 'checkout.place', { input, call }, (sale, orderId) => placeOrder(sale, orderId, settings)),
    begin: async (input, call) =>
      windowRefusal(input, call, settings) ??
      checkOut(parts, 'checkout.begin', { input, call }, (sale, orderId) =>
        beginPayment(withPayment(sale, input), orderId, paymentWindowMs(settings, input.paymentWindowMs)),
      ),
  };
}

/** Only an operator may choose a longer payment window, because it keeps the units from other shoppers. */
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
  { transactor, read, settings, capsOf, now }: ServiceParts,
  procedure: string,
  { input, call }: { input: I; call: Call },
  compose: CartCheckout<I>,
): Promise<Result<Order>> {
  const { cartId } = call.caller;
  if (cartId === null) return invalid('', 'only a session has a cart');
  if (call.idempotencyKey === undefined) return invalid('idempotencyKey', 'is required');
  const key = cartKey(cartId);
  const callerCaps = capsOf(call.caller);
  const { items } = input;
  return transactor.run({
    procedure,
    lockKeys: key,
    input,
    defaults: { paymentWindowMs: settings.paymentWindowMs },
    call,
    reads: () => ({ documents: [key], ...(items && { skus: [...new Set(items.map(({ sku }) => sku))] }) }),
    compose: (view: Snapshot) => {
      if (items) return sellWithItems({ input: { ...input, items }, call, cartId, callerCaps, settings, now }, view);
      const sale = cartSale({ input, call, cartId }, view);
      return 'refusal' in sale ? sale : compose(sale, newId('ord_', now()), input);
    },
    retryOn: STALE_CART,
    answer: ({ reference }) => readOrder(read, reference ?? ''),
  });
}

function placeOrder(sale: CartSale, orderId: string, { orderRetentionMs }: Settings): Decision<Order> {
  return {
    steps: [
      ...sale.lines.map(({ hold }) => consumeHold(hold)),
      ...newOrder(orderId, sale.body, { status: 'placed', dueInMs: orderRetentionMs }),
      { kind: 'drop', key: sale.cart.key, expect: sale.version },
    ],
    ...aboutOrder(orderId),
    answerFromCommit: () => orderView(orderId, sale.body, { status: 'placed' }),
  };
}

/** Pins the holds for the order, all until the order's deadline. */
function beginPayment(sale: CartSale, orderId: string, windowMs: number): Decision<Order> {
  const toOwner = orderKey(orderId);
  const pinned = sale.lines.map(
    ({ hold: { holdId, owner, quantity, counted } }): Step => ({
      kind: 'pin',
      holdId,
      owner,
      quantity,
      counted,
      windowMs,
      toOwner,
    }),
  );
  const holds = sale.lines.map(({ holdId }) => holdId);
  const body = sale.client === undefined ? sale.body : { ...sale.body, client: sale.client };
  return {
    steps: [
      ...pinned,
      ...newOrder(orderId, body, { status: 'awaiting_payment', dueInMs: windowMs, holds }),
      { kind: 'drop', key: sale.cart.key, expect: sale.version },
    ],
    ...aboutOrder(orderId),
    answerFromCommit: ({ at }) =>
      orderView(orderId, sale.body, { status: 'awaiting_payment', payBefore: at + windowMs }),
  };
}

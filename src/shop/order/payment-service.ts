import type { CoreRefusal } from '../../domain/refusal.ts';
import type { ReadRequest } from '../../store/store.ts';
import { cartState, STALE_CART } from '../cart/cart-document.ts';
import { newId } from '../../transact/ids.ts';
import type { Call } from '../../contract/call.ts';
import type { CancelInput, ConfirmInput } from '../../contract/inputs.ts';
import type { LapseInput } from '../../contract/library-inputs.ts';
import { currentPrice } from '../cart/line-price.ts';
import { cartKey, orderKey } from '../../transact/names.ts';
import { composeCancel } from './order-cancel.ts';
import { CANNOT_SELL, composeConfirm, lapsedSkus, paidAnswer } from './order-confirm.ts';
import { aboutOrder, expireOrder, orderState, unchangedOrder } from './order-document.ts';
import { attachPayment, isAwaited } from './payment-attempt.ts';
import { isShownTo, readOrder, readOrderState, unknownOrder } from './order-reader.ts';
import { type Result, refuse } from '../../contract/refusals.ts';
import type { CheckoutService } from './order-api.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Order } from '../../contract/order-outputs.ts';

export interface PaymentParts {
  transactor: Transactor;
  read: Read;
  settings: Settings;
  now: () => number;
}

/** Each line that the store refuses to join takes one attempt, and concurrent changes of the cart a few more. */
const RESTORE_ATTEMPTS_MAX = 256;

const CANCEL_DEFAULTS = { restoreCart: false } as const;

/** Changes of an order that awaits its payment. Each is one transaction that asserts the order's version. */
export function createPaymentService(
  parts: PaymentParts,
): Pick<CheckoutService, 'attachPayment' | 'confirm' | 'cancel' | 'lapse'> {
  return {
    attachPayment: (input, call) => attachPayment(parts, input, call),
    confirm: (input, call) => confirm(parts, input, call),
    cancel: (input, call) => cancel(parts, input, call),
    lapse: (input, call) => lapse(parts, input, call),
  };
}

function confirm(
  { transactor, read, settings, now }: PaymentParts,
  input: ConfirmInput,
  call: Call,
): Promise<Result<Order>> {
  const { orderId, paymentReference } = input;
  const key = orderKey(orderId);
  let lapsed: readonly string[] = [];
  return transactor.run({
    procedure: 'checkout.confirm',
    lockKeys: key,
    input,
    call,
    reference: paymentReference,
    reads: () => ({ documents: [key], skus: lapsed }),
    compose: (view, refused) => {
      const state = orderState(orderId, view);
      if (!state) return { refusal: unknownOrder(orderId) };
      lapsed = lapsedSkus(state);
      return composeConfirm(
        state,
        paymentReference,
        { view, refused },
        { settings, newHoldId: () => newId('hld_', now()) },
      );
    },
    retryOn: [...STALE_CART, ...CANNOT_SELL],
    answer: async () => {
      const state = await readOrderState(read, orderId);
      return state ? paidAnswer(state, paymentReference) : refuse(unknownOrder(orderId));
    },
  });
}

function cancel({ transactor, read, settings }: PaymentParts, input: CancelInput, call: Call): Promise<Result<Order>> {
  const { orderId, reason, restoreCart = false } = input;
  const key = orderKey(orderId);
  const { cartId } = call.caller;
  const unaddable = new Set<string>();
  return transactor.run({
    procedure: 'checkout.cancel',
    lockKeys: restoreCart && cartId !== null ? cartKey(cartId) : key,
    input,
    defaults: CANCEL_DEFAULTS,
    call,
    reason,
    reads: async (): Promise<ReadRequest> => {
      const state = restoreCart ? await readOrderState(read, orderId) : null;
      if (!state) return { documents: [key] };
      const skus = state.lines.map(({ line }) => line.sku);
      return { documents: [key, cartKey(state.body.origin.cartId)], skus };
    },
    compose: (view, refused) => {
      const state = orderState(orderId, view);
      if (!state || !isShownTo(call.caller, state)) return { refusal: unknownOrder(orderId) };
      for (const sku of skusRefused(refused)) unaddable.add(sku);
      const cart = restoreCart ? cartState(state.body.origin.cartId, view, 1) : null;
      const price = (sku: string) => currentPrice(view, sku);
      return composeCancel(state, cart && { cart, refused: unaddable, price }, settings);
    },
    retryOn: [...STALE_CART, ...CANNOT_SELL, 'quantity_limit'],
    attemptsMax: RESTORE_ATTEMPTS_MAX,
    answer: () => readOrder(read, orderId),
  });
}

/** Returns the SKUs of which the store had no more units for the customer. */
function skusRefused(refused: CoreRefusal | null): string[] {
  if (refused?.reason === 'insufficient_stock') return refused.meta.lines.map(({ sku }) => sku);
  return refused?.reason === 'limit_exceeded' ? [refused.meta.sku] : [];
}

function lapse({ transactor, read, settings }: PaymentParts, input: LapseInput, call: Call): Promise<Result<Order>> {
  const { orderId, reason } = input;
  const key = orderKey(orderId);
  return transactor.run({
    procedure: 'checkout.lapse',
    lockKeys: key,
    input,
    call,
    reason,
    reads: () => ({ documents: [key] }),
    compose: (view): Decision<Order> => {
      const state = orderState(orderId, view);
      const [found] = view.documents;
      if (!state || !found) return { refusal: unknownOrder(orderId) };
      if (state.record.list !== 'awaiting_payment' || !isAwaited(state, input.paymentReferences)) {
        return unchangedOrder(state);
      }
      const steps = expireOrder(found, settings.orderRetentionMs);
      return { steps, ...aboutOrder(orderId) };
    },
    retryOn: STALE_CART,
    answer: () => readOrder(read, orderId),
  });
}

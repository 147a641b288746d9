import { acceptsChange, isOrderEdge } from '../../domain/order-states.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { ReadRequest } from '../../store/store.ts';
import { cartState, STALE_CART, currentPrice } from '../cart/cart-document.ts';
import { type Call, type Result, refuse } from '../../contract/calls/call.ts';
import type { CancelInput, ConfirmInput, AttachInput } from '../../contract/inputs/inputs.ts';
import type { LapseInput } from '../../contract/inputs/library-inputs.ts';
import { cartKey, orderKey } from '../../transact/documents/names.ts';
import { reasonSteps } from '../event/event-document.ts';
import { composeCancel } from './payment/order-cancel.ts';
import { CANNOT_SELL, composeConfirm, lapsedSkus, paidAnswer } from './payment/order-confirm.ts';
import {
  aboutOrder,
  movePaidEntry,
  orderState,
  unchangedOrder,
  type OrderState,
  stateView,
  putOrder,
  storedStatus,
  wrongStatus,
} from './record/order-document.ts';
import { expireOrder, holdsOf } from './record/order-retention.ts';
import { isShownTo, readOrder, readOrderState, unknownOrder, changeOrder } from './record/order-change.ts';
import { endingStreaks, type OrderParts } from './checkout/order-streaks.ts';
import { prepareSupplyInTime, sellingSupply } from '../stock/supply/supply.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import type { CheckoutService } from './order-api.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';

/** Each line that the store refuses to join takes one attempt, and concurrent changes of the cart a few more. */
const RESTORE_ATTEMPTS_MAX = 256;

const CANCEL_DEFAULTS = { restoreCart: false } as const;

/** Changes of an order that awaits its payment. Each is one transaction that asserts the order's version. */
export function createPaymentService(
  parts: OrderParts,
): Pick<CheckoutService, 'attachPayment' | 'confirm' | 'cancel' | 'lapse'> {
  return {
    attachPayment: (input, call) => attachPayment(parts, input, call),
    confirm: (input, call) => endingStreaks(parts, {}, (see) => confirm(parts, { input, call, see })),
    cancel: (input, call) => endingStreaks(parts, input, (see) => cancel(parts, { input, call, see })),
    lapse: (input, call) => lapse(parts, input, call),
  };
}

interface SeenChange<I> {
  input: I;
  call: Call;
  /** Called with the order before the change. */
  see: (state: OrderState) => void;
}

async function confirm(parts: ServiceParts, { input, call, see }: SeenChange<ConfirmInput>): Promise<Result<Order>> {
  const { transactor, locations, settings, seal, ids } = parts;
  const begun = transactor.waits.begun(call);
  await prepareSupplyInTime(parts, {}, begun);
  const supply = sellingSupply(locations, settings);
  const { orderId, paymentReference, reason } = input;
  const key = orderKey(orderId);
  let lapsed: readonly string[] = [];
  let known: readonly string[] = [];
  return transactor.run({
    procedure: 'checkout.confirm',
    lockKeys: key,
    input,
    call: begun,
    reason,
    reference: paymentReference,
    reads: async () => {
      // The locations of lapsed lines are chosen by their stock.
      const state = supply ? await readOrderState(parts, orderId) : null;
      if (state) lapsed = lapsedSkus(state);
      known = lapsed;
      return { documents: [key], skus: lapsed.flatMap((sku) => locations.keysOf(sku)) };
    },
    compose: (view, refused) => {
      const state = orderState(orderId, view, seal);
      if (!state) return { refusal: unknownOrder(orderId) };
      see(state);
      lapsed = lapsedSkus(state);
      const lookups = { isRead: (sku: string) => known.includes(sku), keysOf: (sku: string) => locations.keysOf(sku) };
      const newHoldId = () => ids.newId('hld_');
      const own = { settings, newHoldId, supply, unsold: unsoldSteps(parts, input, call), ...lookups };
      return composeConfirm(state, paymentReference, { view, refused }, own);
    },
    retryOn: [...STALE_CART, ...CANNOT_SELL],
    answer: async () => {
      const state = await readOrderState(parts, orderId);
      return state ? paidAnswer(state, paymentReference) : refuse(unknownOrder(orderId));
    },
  });
}

function unsoldSteps(parts: ServiceParts, { reason, ...paid }: ConfirmInput, call: Call): Step[] {
  return reasonSteps(parts, call, { what: 'checkout.confirm', after: { ...paid, status: 'refund_due' }, reason });
}

function cancel(parts: ServiceParts, { input, call, see }: SeenChange<CancelInput>): Promise<Result<Order>> {
  const { transactor, settings, seal } = parts;
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
      const state = restoreCart ? await readOrderState(parts, orderId) : null;
      if (!state) return { documents: [key] };
      const skus = state.lines.map(({ line }) => line.sku);
      return { documents: [key, cartKey(state.body.origin.cartId)], skus };
    },
    compose: (view, refused) => {
      const state = orderState(orderId, view, seal);
      if (!state || !isShownTo(call.caller, state)) return { refusal: unknownOrder(orderId) };
      see(state);
      for (const sku of skusRefused(refused)) unaddable.add(sku);
      const cart = restoreCart ? cartState(state.body.origin.cartId, view, 1) : null;
      const price = (sku: string) => currentPrice(view, sku);
      return composeCancel(state, cart && { cart, refused: unaddable, price }, settings);
    },
    retryOn: [...STALE_CART, ...CANNOT_SELL, 'quantity_limit'],
    attemptsMax: RESTORE_ATTEMPTS_MAX,
    answer: () => readOrder(parts, orderId),
  });
}

/** Returns the SKUs that the store refused because of too few units or the customer's limit. */
function skusRefused(refused: CoreRefusal | null): string[] {
  if (refused?.reason === 'insufficient_stock') return refused.meta.lines.map(({ sku }) => sku);
  return refused?.reason === 'limit_exceeded' ? [refused.meta.sku] : [];
}

/**
 * Expires an order that awaits its payment, and releases its holds. `alongside` is called in each composition with the
 * live holds that are released, and returns further steps. Its steps are not used if the order does not change.
 */
export const lapse = (
  parts: OrderParts,
  input: LapseInput,
  call: Call,
  alongside: (released: readonly HoldRecord[]) => Step[] = () => [],
): Promise<Result<Order>> =>
  endingStreaks(parts, {}, (see) =>
    changeOrder(parts, { procedure: 'checkout.lapse', input, call }, (state, { at, documents: [found] }) => {
      see(state);
      const mayExpire = isOrderEdge(storedStatus(state.record), 'expired') && isAwaited(state, input.paymentReferences);
      const ending = found && mayExpire ? found : null;
      const released = ending ? holdsOf(ending).filter(({ expiresAt }) => expiresAt > at) : [];
      const more = alongside(released);
      if (!ending) return unchangedOrder(state);
      return { steps: [...expireOrder(ending, parts.settings), ...more], ...aboutOrder(state.orderId) };
    }),
  );

/**
 * Sets the payment session in which the buyer pays an order from now on. The holds and their deadline do not change.
 * Refused: `unknown_order`, and `order_state` if the order does not await its payment.
 */
export function attachPayment(parts: ServiceParts, input: AttachInput, call: Call): Promise<Result<Order>> {
  const { orderId, paymentReference } = input;
  const change = { procedure: 'checkout.attachPayment', input, call, reference: paymentReference };
  return changeOrder(parts, change, (state) =>
    isShownTo(call.caller, state) ? attach(state, paymentReference) : { refusal: unknownOrder(orderId) },
  );
}

function attach(state: OrderState, paymentReference: string): Decision<Order> {
  const { orderId, status, record } = state;
  if (!acceptsChange(status, 'payment_session')) return { refusal: wrongStatus(state) };
  if (state.body.paymentReference === paymentReference) return unchangedOrder(state);
  const body = { ...state.body, paymentReference };
  return {
    steps: [putOrder(record, { status, body }), ...movePaidEntry(state, paymentReference)],
    ...aboutOrder(orderId),
    answerFromCommit: () => stateView({ ...state, body }),
  };
}

/**
 * Returns whether an order awaits one of the payments that failed. The failure of an earlier payment session must not
 * end an order that is being paid in a later one. An order without a payment reference awaits any payment.
 */
export const isAwaited = ({ body }: OrderState, failed: readonly string[] | undefined): boolean =>
  failed === undefined || body.paymentReference === undefined || failed.includes(body.paymentReference);

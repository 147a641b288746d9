import type { ServiceParts } from '../stock/supply/service-parts.ts';
import type { CoreReason } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { cartSale, type CartSale } from './checkout/cart-sale.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import { type Call, invalid, isShopper, refuse, type Result } from '../../contract/calls/call.ts';
import type { BeginInput, CheckoutInput, PlaceInput } from '../../contract/inputs/inputs.ts';
import { sellWithItems } from './checkout/item-sale.ts';
import { cartKey, orderKey } from '../../transact/documents/names.ts';
import { aboutOrder, newOrder, orderView } from './record/order-document.ts';
import { backordersIn } from '../line/line-backorders.ts';
import { countOrder, endedAmong, quotasOf } from './checkout/order-quota.ts';
import { placedOrder } from './record/placed-order.ts';
import { readOrder } from './record/order-change.ts';
import { type OrderParts, pinStreaks, sellStreaks } from './checkout/order-streaks.ts';
import { sellLiveLine } from './record/sold-line.ts';
import type { CheckoutService } from './order-api.ts';
import { paymentWindowMaxMs, paymentWindowMs, type Settings } from '../../contract/settings.ts';
import { prepareSupplyInTime, type Supply, supplyOf } from '../stock/supply/supply.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';

/** Another shopper has taken units of a location since the snapshot. */
const STALE_ITEMS: readonly CoreReason[] = [...STALE_CART, 'insufficient_stock'];

interface Checkout<I> {
  orderId: string;
  cartId: string;
  input: I;
  call: Call;
}

type ComposeCheckout<I> = (checkout: Checkout<I>, view: Snapshot) => Decision<Order>;

/** Checkout turns a whole cart into an order in one transaction: `place` sells it, `begin` pins it until it is paid. */
export function createCheckoutService(parts: OrderParts): Pick<CheckoutService, 'place' | 'begin'> {
  const { settings } = parts;
  return {
    place: (input, call) => place(parts, input, call),
    begin: async (input, call) => windowRefusal(input, call, settings) ?? begin(parts, input, call),
  };
}

async function place(parts: OrderParts, input: PlaceInput, call: Call): Promise<Result<Order>> {
  const sold: { sale?: CartSale } = {};
  const begun = parts.transactor.waits.begun(call);
  if (input.items) await prepareSupplyInTime(parts, input, begun);
  const supply = input.items ? supplyOf(parts.locations, input, parts.settings) : null;
  if (supply && 'refusal' in supply) return refuse(supply.refusal);
  const result = await checkOut(
    parts,
    { procedure: 'checkout.place', input, call: begun, windowMs: null },
    (checkout, view) => composePlace({ ...parts, supply }, checkout, view, (sale) => (sold.sale = sale)),
  );
  if (result.ok && sold.sale) sellStreaks(parts, sold.sale);
  return result;
}

async function begin(parts: OrderParts, input: BeginInput, call: Call): Promise<Result<Order>> {
  const windowMs = paymentWindowMs(parts.settings, input.paymentWindowMs);
  const pinned: { sale?: CartSale } = {};
  const result = await checkOut(parts, { procedure: 'checkout.begin', input, call, windowMs }, (checkout, view) => {
    const sale = cartSale(checkout, view);
    if ('refusal' in sale) return sale;
    pinned.sale = sale;
    return beginPayment(withPayment(sale, input), checkout.orderId, windowMs, parts);
  });
  if (result.ok && pinned.sale) pinStreaks(parts, pinned.sale, windowMs);
  return result;
}

/**
 * Returns the refusal of a payment window that is too long. Only an operator may choose a longer one, because it keeps
 * the units from other shoppers.
 */
function windowRefusal({ paymentWindowMs }: BeginInput, { caller }: Call, settings: Settings): Result<never> | null {
  const max = paymentWindowMaxMs(settings);
  if (!isShopper(caller) || paymentWindowMs === undefined || paymentWindowMs <= max) return null;
  return invalid('paymentWindowMs', `must be a whole number from 1000 to ${max}`);
}

function withPayment(sale: CartSale, { paymentReference }: BeginInput): CartSale {
  return paymentReference === undefined ? sale : { ...sale, body: { ...sale.body, paymentReference } };
}

interface CheckoutCall<I> {
  procedure: string;
  input: I;
  call: Call;
  /** The payment window; null for an order that is placed at once. */
  windowMs: number | null;
}

async function checkOut<I extends CheckoutInput & { items?: PlaceInput['items'] }>(
  parts: ServiceParts,
  given: CheckoutCall<I>,
  compose: ComposeCheckout<I>,
): Promise<Result<Order>> {
  const { waits } = parts.transactor;
  // The call may run twice.
  const call = waits.begun(given.call);
  const { cartId } = call.caller;
  if (cartId === null) return invalid('', 'only a session has a cart');
  if (call.idempotencyKey === undefined) return invalid('idempotencyKey', 'is required');
  let open: readonly string[] = [];
  const attempt = (ended: ReadonlySet<string>): Promise<Result<Order>> =>
    runCheckout(parts, { ...given, call, cartId, ended, noteFull: (orderIds) => (open = orderIds) }, compose);
  const result = await attempt(new Set());
  // Paid and cancelled orders are looked up only if the quota seems to be used up.
  const ended = result.ok || open.length === 0 ? null : await waits.before(call, endedAmong(parts.read, open));
  return ended && ended.size > 0 ? attempt(ended) : result;
}

interface QuotaAttempt {
  cartId: string;
  /** Orders that do not await their payment any more. */
  ended: ReadonlySet<string>;
  /** Called with the orders that count as open, if there are too many. */
  noteFull: (orderIds: readonly string[]) => void;
}

function runCheckout<I extends CheckoutInput & { items?: PlaceInput['items'] }>(
  parts: ServiceParts,
  { procedure, input, call, windowMs, cartId, ended, noteFull }: CheckoutCall<I> & QuotaAttempt,
  compose: ComposeCheckout<I>,
): Promise<Result<Order>> {
  const { transactor, locations, settings, ids } = parts;
  const key = cartKey(cartId);
  const { items } = input;
  const quotas = quotasOf(call.caller, settings);
  const quotaKeys = quotas.map((quota) => quota.key);
  return transactor.run({
    procedure,
    lockKeys: [key, ...quotaKeys],
    input,
    defaults: { paymentWindowMs: settings.paymentWindowMs },
    call,
    reads: () => ({
      documents: [key, ...quotaKeys],
      ...(items && { skus: [...new Set(items.map(({ sku }) => sku))].flatMap((sku) => locations.keysOf(sku)) }),
    }),
    compose: (view: Snapshot) => {
      const orderId = ids.newId('ord_');
      const counted = countOrder(quotas, view, { orderId, windowMs }, ended);
      if ('refusal' in counted) {
        noteFull(counted.open);
        return { refusal: counted.refusal };
      }
      const decision = compose({ orderId, cartId, input, call }, view);
      return 'steps' in decision ? { ...decision, steps: [...decision.steps, ...counted.steps] } : decision;
    },
    retryOn: items && locations.several ? STALE_ITEMS : STALE_CART,
    answer: ({ reference }) => readOrder(parts, reference ?? ''),
  });
}

/** Calls `note` with the sale of a cart. */
function composePlace(
  parts: ServiceParts & { supply: Supply | null },
  checkout: Checkout<PlaceInput>,
  view: Snapshot,
  note: (sale: CartSale) => void,
): Decision<Order> {
  const { items } = checkout.input;
  if (items) {
    const callerCaps = parts.capsOf(checkout.call.caller);
    return sellWithItems(
      {
        ...parts,
        ...checkout,
        callerCaps,
        keysOf: (sku) => parts.locations.keysOf(sku),
        input: { ...checkout.input, items },
      },
      view,
    );
  }
  const sale = cartSale(checkout, view);
  if ('refusal' in sale) return sale;
  note(sale);
  return placeOrder(sale, checkout.orderId, parts);
}

function placeOrder(sale: CartSale, orderId: string, { settings, seal }: ServiceParts): Decision<Order> {
  const terms = { sellAt: settings.sellAt, orderKey: orderKey(orderId) };
  const sold = sale.lines.map((line) => sellLiveLine(line, terms));
  const { body, ...rest } = placedOrder(sale.body, sold, settings);
  const backorders = backordersIn(sale.lines.map(({ hold }) => hold));
  return {
    steps: [
      ...sold.flatMap(({ steps }) => steps),
      ...newOrder(orderId, body, { status: 'placed', ...rest }, seal),
      { kind: 'drop', key: sale.cart.key, expect: sale.version },
    ],
    ...aboutOrder(orderId),
    answerFromCommit: () => orderView(orderId, body, { status: 'placed', backorders }, seal),
  };
}

/** Pins the holds for the order, all until the order's deadline. */
function beginPayment(sale: CartSale, orderId: string, windowMs: number, { seal }: ServiceParts): Decision<Order> {
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
  const backorders = backordersIn(sale.lines.map(({ hold }) => hold));
  const body = sale.client === undefined ? sale.body : { ...sale.body, client: sale.client };
  return {
    steps: [
      ...pinned,
      ...newOrder(orderId, body, { status: 'awaiting_payment', dueInMs: windowMs, holds }, seal),
      { kind: 'drop', key: sale.cart.key, expect: sale.version },
    ],
    ...aboutOrder(orderId),
    answerFromCommit: ({ at }) =>
      orderView(orderId, sale.body, { status: 'awaiting_payment', payBefore: at + windowMs, backorders }, seal),
  };
}

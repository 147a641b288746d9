import { isCounted } from '../../domain/machine/grant.ts';
import type { StockRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { cartState, type CartState, type LineState, lostLines, sweepLines } from '../cart/cart-document.ts';
import { orderBody } from './cart-sale.ts';
import { assertReadable } from '../../contract/failures.ts';
import { newId } from '../../transact/ids.ts';
import type { Call } from '../../contract/call.ts';
import type { PlaceInput } from '../../contract/inputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { currentPrice, grownPrice } from '../cart/line-price.ts';
import { cartKey, orderKey } from '../../transact/names.ts';
import { aboutOrder, type BodyLine, newOrder, orderLine, orderView } from './order-document.ts';
import type { Refusal } from '../../contract/refusals.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Order } from '../../contract/order-outputs.ts';

/** A hold that is consumed in the transaction that makes it: this time never passes. */
const MOMENT_MS = 60_000;

export interface ItemSale {
  input: PlaceInput & { items: NonNullable<PlaceInput['items']> };
  call: Call;
  cartId: string;
  settings: Settings;
  now: () => number;
}

/** One line of the order, and the steps that sell it. */
interface Sold {
  line: BodyLine;
  steps: Step[];
}

/**
 * Sells the cart together with items that are not in it yet, as if they had been added first, but in one transaction:
 * the units are held for no moment that others could see, so a refusal of any of them leaves nothing held and the cart
 * as it was. Refused as adding and as placing are.
 */
export function sellWithItems(sale: ItemSale, view: Snapshot): Decision<Order> {
  const { input, call, cartId, settings, now } = sale;
  const cart = cartState(cartId, view);
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of input.items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const { steps: swept, live } = sweepLines(cart);
  const refusal = refusalOf(cart, live, wanted, view, settings);
  if (refusal) return { refusal };
  const orderId = newId('ord_', now());
  const added = [...wanted].filter(([sku]) => !live.some((line) => line.sku === sku));
  const sold = [
    ...live.map((line) => sellLine(cart, line, wanted.get(line.sku) ?? 0, { view, settings })),
    ...added.map(([sku, quantity]) => sellNew(sale, orderId, quantity, recordOf(view, sku))),
  ];
  const lines = sold.map(({ line }) => line);
  const body = orderBody(cart, lines, { input, call });
  if ('refusal' in body) return body;
  const [only] = added.length === 1 && lines.length === 1 ? added : [];
  return {
    ...aboutOrder(orderId),
    address: only ? only[0] : null,
    steps: [
      ...swept,
      ...sold.flatMap(({ steps }) => steps),
      ...newOrder(orderId, body, { list: 'placed', dueInMs: settings.orderRetentionMs }),
      ...(cart.version === null ? [] : [{ kind: 'drop', key: cart.key, expect: cart.version } satisfies Step]),
    ],
    answerFromCommit: () => orderView(orderId, body, { status: 'placed' }),
  };
}

/** A line that was lost and is asked for again is no loss any more, as when it is added to the cart. */
function refusalOf(
  cart: CartState,
  live: readonly LineState[],
  wanted: ReadonlyMap<string, number>,
  view: Snapshot,
  { lineQuantityMax, cartLinesMax }: Settings,
): Refusal | null {
  for (const [sku, quantity] of wanted) {
    assertReadable(view, `stock:${sku}`);
    if (!recordOf(view, sku)) return { reason: 'unknown_sku', meta: { sku } };
    const held = live.find((line) => line.sku === sku)?.hold?.quantity ?? 0;
    if (held + quantity > lineQuantityMax) return { reason: 'quantity_limit', meta: { limit: lineQuantityMax } };
  }
  const skus = new Set([...live.map(({ sku }) => sku), ...wanted.keys()]);
  if (skus.size > cartLinesMax) return { reason: 'cart_full', meta: { limit: cartLinesMax } };
  const lost = lostLines(cart).filter(({ sku }) => !wanted.has(sku));
  return lost.length > 0 ? { reason: 'hold_expired', meta: { lines: lost } } : null;
}

const recordOf = ({ stock }: Snapshot, sku: string): StockRecord | undefined =>
  stock.find((record) => record?.sku === sku) ?? undefined;

/** A line of the cart, with so many more units, which all have the price that the SKU has now. */
function sellLine(
  { key }: CartState,
  state: LineState,
  more: number,
  { view, settings }: { view: Snapshot; settings: Settings },
): Sold {
  const { holdId, hold, sku } = state;
  const held = hold?.quantity ?? 0;
  const owned = { holdId, owner: key };
  if (more === 0 || !hold) {
    return {
      line: orderLine(state),
      steps: [{ kind: 'consume', ...owned, quantity: held, ...(hold && { counted: hold.counted }) }],
    };
  }
  const unitPrice = currentPrice(view, sku) ?? null;
  const line = orderLine({ ...state, ...grownPrice(state, unitPrice) });
  const quantity = held + more;
  const change = { by: { min: more, want: more } };
  const expected = { ...owned, quantity: held, unitPrice };
  const resize: Step = { kind: 'resize', ...expected, change, quantityMax: settings.lineQuantityMax };
  const counted = hold.counted || isCounted(hold.customer, recordOf(view, sku)?.limitPerCustomer ?? null);
  return {
    line: { ...line, quantity, ...(counted ? { countedFor: hold.customer } : {}) },
    steps: [resize, { kind: 'consume', ...owned, quantity, counted }],
  };
}

/** Reserved and consumed at once: nobody sees it held. */
function sellNew({ call, cartId, now }: ItemSale, orderId: string, quantity: number, record?: StockRecord): Sold {
  const { sku = '', unitPrice = null, limitPerCustomer = null } = record ?? {};
  const customer = call.caller.customer ?? cartKey(cartId);
  const owner = orderKey(orderId);
  const holdId = newId('hld_', now());
  const ask = { min: quantity, want: quantity };
  const counted = isCounted(customer, limitPerCustomer);
  return {
    line: {
      sku,
      quantity,
      returned: 0,
      ...(unitPrice === null ? {} : { unitPrice }),
      ...(counted ? { countedFor: customer } : {}),
    },
    steps: [
      { kind: 'reserve', holdId, sku, ...ask, ttlMs: MOMENT_MS, owner, customer, unitPrice },
      { kind: 'consume', holdId, owner, quantity, counted },
    ],
  };
}

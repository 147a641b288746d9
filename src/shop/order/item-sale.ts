import { isCounted } from '../../domain/machine/grant.ts';
import type { StockRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import {
  type CartState,
  cartState,
  type LiveLine,
  lostLines,
  settleEndedLines,
  grownPrice,
} from '../cart/cart-document.ts';
import { orderBody } from './cart-sale.ts';
import { type CallerCaps, capsOnly } from '../stock/caller-caps.ts';
import { assertReadable, type Call, type Refusal } from '../../contract/call.ts';
import { newId } from '../../transact/ids.ts';
import type { PlaceInput } from '../../contract/inputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { cartKey, orderKey } from '../../transact/names.ts';
import { aboutOrder, newOrder, orderLine, orderView } from './order-document.ts';
import { placedOrder } from './placed-order.ts';
import { unitsBySku } from './units-by-sku.ts';
import type { DataSeal } from '../../transact/data-seal.ts';
import type { Settings } from '../../contract/settings.ts';
import { type SaleTerms, sellHold, sellLiveLine, sellUnheld, soldLine, type SoldLine } from './sold-line.ts';
import type { Order } from '../../contract/order-outputs.ts';

export interface ItemSale {
  input: PlaceInput & { items: NonNullable<PlaceInput['items']> };
  call: Call;
  cartId: string;
  callerCaps: CallerCaps;
  orderId: string;
  settings: Settings;
  seal: DataSeal;
  now: () => number;
}

/**
 * Sells the cart together with items that are not in it yet, as if they had been added first, but in one transaction. A
 * refusal of any of them leaves nothing held and the cart unchanged. Refused like adding and placing.
 */
export function sellWithItems(sale: ItemSale, view: Snapshot): Decision<Order> {
  const { input, call, cartId, orderId, callerCaps, settings, seal } = sale;
  const cart = cartState(cartId, view);
  const wanted = unitsBySku(input.items);
  const { steps: swept, live } = settleEndedLines(cart);
  const refusal = itemRefusal(cart, live, wanted, view, settings);
  if (refusal) return { refusal };
  const added = [...wanted].filter(([sku]) => !live.some((line) => line.sku === sku));
  const terms: SaleTerms = { sellAt: settings.sellAt, orderKey: orderKey(orderId) };
  const sold = [
    ...live.map((line) => sellLine(line, wanted.get(line.sku) ?? 0, { view, callerCaps, settings, terms })),
    ...added.map(([sku, quantity]) => sellItem({ ...sale, terms }, { sku, quantity }, stockIn(view, sku))),
  ];
  const lines = sold.map(({ line }) => line);
  const ordered = orderBody(cart, lines, { input, call });
  if ('refusal' in ordered) return ordered;
  const { body, ...rest } = placedOrder(ordered, sold, settings);
  const [only] = added.length === 1 && lines.length === 1 ? added : [];
  return {
    ...aboutOrder(orderId),
    address: only ? only[0] : null,
    steps: [
      ...swept,
      ...sold.flatMap(({ steps }) => steps),
      ...newOrder(orderId, body, { status: 'placed', ...rest }, seal),
      ...(cart.version === null ? [] : [{ kind: 'drop', key: cart.key, expect: cart.version } satisfies Step]),
    ],
    answerFromCommit: () => orderView(orderId, body, { status: 'placed' }, seal),
  };
}

/** A lost line that is among the items is not a reason to refuse, as when it is added to the cart again. */
function itemRefusal(
  cart: CartState,
  live: readonly LiveLine[],
  wanted: ReadonlyMap<string, number>,
  view: Snapshot,
  { lineQuantityMax, cartLinesMax }: Settings,
): Refusal | null {
  for (const [sku, quantity] of wanted) {
    assertReadable(view, `stock:${sku}`);
    if (!stockIn(view, sku)) return { reason: 'unknown_sku', meta: { sku } };
    const held = live.find((line) => line.sku === sku)?.hold.quantity ?? 0;
    if (held + quantity > lineQuantityMax) return { reason: 'quantity_limit', meta: { limit: lineQuantityMax } };
  }
  const skus = new Set([...live.map(({ sku }) => sku), ...wanted.keys()]);
  if (skus.size > cartLinesMax) return { reason: 'cart_full', meta: { limit: cartLinesMax } };
  const lost = lostLines(cart).filter(({ sku }) => !wanted.has(sku));
  return lost.length > 0 ? { reason: 'hold_expired', meta: { lines: lost } } : null;
}

const stockIn = ({ stock }: Snapshot, sku: string): StockRecord | undefined =>
  stock.find((record) => record?.sku === sku) ?? undefined;

/** Sells a line of the cart with `more` units. If it grows, all its units have the SKU's current price. */
function sellLine(
  line: LiveLine,
  more: number,
  {
    view,
    callerCaps,
    settings,
    terms,
  }: Pick<ItemSale, 'callerCaps' | 'settings'> & { view: Snapshot; terms: SaleTerms },
): SoldLine {
  const { hold } = line;
  if (more === 0) return sellLiveLine(line, terms);
  const { unitPrice = null, limitPerCustomer = null } = stockIn(view, line.sku) ?? {};
  const quantity = hold.quantity + more;
  const counted = hold.counted || isCounted(hold.customer, limitPerCustomer);
  const { holdId, owner } = hold;
  const change = { by: { min: more, want: more } };
  const asserted = { holdId, owner, quantity: hold.quantity, unitPrice, ...capsOnly(callerCaps) };
  const grown = { ...hold, quantity, counted };
  return {
    line: soldLine(orderLine({ ...line, ...grownPrice(line, unitPrice), hold: grown }), terms),
    steps: [{ kind: 'resize', ...asserted, change, quantityMax: settings.lineQuantityMax }, sellHold(grown, terms)],
    holdId,
  };
}

function sellItem(
  { call, cartId, callerCaps, now, terms }: ItemSale & { terms: SaleTerms },
  item: { sku: string; quantity: number },
  stock: StockRecord | undefined,
): SoldLine {
  const { unitPrice = null, limitPerCustomer = null } = stock ?? {};
  const line = { ...item, returned: 0, ...(unitPrice === null ? {} : { unitPrice }) };
  const customer = call.caller.customer ?? cartKey(cartId);
  const hold = { holdId: newId('hld_', now()), customer, unitPrice, ...callerCaps };
  return sellUnheld(line, limitPerCustomer, hold, terms);
}

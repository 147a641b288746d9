import { isCounted } from '../../../domain/machine/grant.ts';
import type { StockRecord } from '../../../domain/records.ts';
import type { Step } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import {
  type CartState,
  cartState,
  type LiveLine,
  lostLines,
  settleEndedLines,
  grownPrice,
  unitsOfParts,
} from '../../cart/cart-document.ts';
import { orderBody } from './cart-sale.ts';
import { isOfLine, lineOf, sourcedMark, sumOf } from '../../line/line-parts.ts';
import { type CallerCaps, capsOnly, withHeldElsewhere, withOnHandElsewhere } from '../../stock/supply/caller-caps.ts';
import { source, candidateUnits } from '../../stock/supply/sourcing.ts';
import { viewAfter } from '../../stock/units/sellable-units.ts';
import { candidatesOf, type SourceStock, sourceStockIn, type Supply } from '../../stock/supply/supply.ts';
import type { Call, Refusal } from '../../../contract/calls/call.ts';
import type { Ids } from '../../../transact/documents/ids.ts';
import type { PlaceInput } from '../../../contract/inputs/inputs.ts';
import type { Decision } from '../../../transact/mutation.ts';
import { cartKey, orderKey } from '../../../transact/documents/names.ts';
import { aboutOrder, newOrder, orderLine, orderView } from '../record/order-document.ts';
import { backordersAfter } from '../../line/line-backorders.ts';
import { placedOrder } from '../record/placed-order.ts';
import { unitsBySku } from '../record/units-by-sku.ts';
import type { DataSeal } from '../../../transact/documents/data-seal.ts';
import type { Settings } from '../../../contract/settings.ts';
import { type SaleTerms, sellHold, sellLiveLine, sellUnheld, soldLine, type SoldLine } from '../record/sold-line.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';

export interface ItemSale {
  input: PlaceInput & { items: NonNullable<PlaceInput['items']> };
  call: Call;
  cartId: string;
  callerCaps: CallerCaps;
  orderId: string;
  settings: Settings;
  seal: DataSeal;
  ids: Ids;
  /** The locations that supply the items; null in a shop with `main` alone. */
  supply: Supply | null;
  /** Returns the keys of a SKU's stock at all locations. */
  keysOf: (sku: string) => readonly string[];
}

/**
 * Sells the cart together with items that are not in it yet, as if they had been added first, but in one transaction. A
 * refusal of any of them leaves nothing held and the cart unchanged. Refused like adding and placing.
 */
export function sellWithItems(sale: ItemSale, view: Snapshot): Decision<Order> {
  const { input, call, cartId, orderId, settings, seal } = sale;
  const cart = cartState(cartId, view);
  const wanted = unitsBySku(input.items);
  const { steps: swept, live } = settleEndedLines(cart);
  const stocks = new Map([...wanted.keys()].map((sku) => [sku, sourceStockIn(view, sale.keysOf(sku))]));
  const refusal = itemRefusal(cart, live, { wanted, stocks }, settings);
  if (refusal) return { refusal };
  const planned = planItems(sale, live, { wanted, stocks }, view);
  if ('refusal' in planned) return planned;
  const { plan } = planned;
  const terms: SaleTerms = { sellAt: settings.sellAt, orderKey: orderKey(orderId) };
  const sold = [
    ...live.map((line) => sellLine(line, plan.get(line.sku), { ...sale, terms })),
    ...[...plan.values()]
      .filter(({ key }) => !live.some((line) => line.sku === key))
      .map((item) => sellItem({ ...sale, terms }, item)),
  ];
  const lines = sold.map(({ line }) => line);
  const ordered = orderBody(cart, lines, { input, call });
  if ('refusal' in ordered) return ordered;
  const { body, ...rest } = placedOrder(ordered, sold, settings);
  const [held, taking] = [live.map(({ hold }) => hold), saleSteps(inOrderOf(plan, sold), sale.supply !== null)];
  const [only] = plan.size === 1 && live.length === 0 ? plan.keys() : [];
  return {
    ...aboutOrder(orderId),
    address: only ?? null,
    steps: [
      ...swept,
      ...taking,
      ...newOrder(orderId, body, { status: 'placed', ...rest }, seal),
      ...(cart.version === null ? [] : [{ kind: 'drop', key: cart.key, expect: cart.version } satisfies Step]),
    ],
    answerFromCommit: (applied) => {
      const backorders = backordersAfter(held, taking, applied);
      return orderView(orderId, body, { status: 'placed', backorders }, seal);
    },
  };
}

/**
 * The units are taken in the order of the items, not in that of the cart: a backorder must not take units on hand that
 * an earlier kit needs.
 */
function inOrderOf(plan: ReadonlyMap<string, PlannedItem>, sold: readonly SoldLine[]): SoldLine[] {
  const keys = [...plan.keys()];
  return sold.toSorted((one, other) => keys.indexOf(one.line.sku) - keys.indexOf(other.line.sku));
}

/** With several locations all units are taken before any are sold, because caps do not count sold units. */
function saleSteps(sold: readonly SoldLine[], isSourced: boolean): Step[] {
  const steps = sold.flatMap((each) => each.steps);
  if (!isSourced) return steps;
  const isTaking = ({ kind }: Step): boolean => kind === 'reserve' || kind === 'resize';
  return [...steps.filter(isTaking), ...steps.filter((step) => !isTaking(step))];
}

interface WantedStock {
  wanted: ReadonlyMap<string, number>;
  /** The stock of each wanted SKU. */
  stocks: ReadonlyMap<string, SourceStock>;
}

/**
 * Returns the refusal of the items. A lost line that is among the items does not cause one, like a lost line that is
 * added to the cart again.
 */
function itemRefusal(
  cart: CartState,
  live: readonly LiveLine[],
  { wanted, stocks }: WantedStock,
  { lineQuantityMax, cartLinesMax }: Settings,
): Refusal | null {
  for (const [sku, quantity] of wanted) {
    if (stocks.get(sku)?.records.length === 0) return { reason: 'unknown_sku', meta: { sku } };
    const held = unitsOfParts(live.filter(isOfLine(sku)));
    if (held + quantity > lineQuantityMax) return { reason: 'quantity_limit', meta: { limit: lineQuantityMax } };
  }
  const skus = new Set([...live.map(lineOf), ...wanted.keys()]);
  if (skus.size > cartLinesMax) return { reason: 'cart_full', meta: { limit: cartLinesMax } };
  const lost = lostLines(cart).filter(({ sku }) => !wanted.has(sku));
  return lost.length > 0 ? { reason: 'hold_expired', meta: { lines: lost } } : null;
}

/** Units of one stock that are added to the cart's. */
interface PlannedItem {
  key: string;
  /** The added units; 0 for a part of the cart whose line grows at other locations only. */
  units: number;
  onHandOnly?: true | undefined;
  /** The SKU's settings. */
  record: StockRecord | undefined;
  callerCaps: CallerCaps;
}

/** Returns the units that are added at each location, by stock key. Refused: `insufficient_stock`. */
function planItems(
  sale: ItemSale,
  live: readonly LiveLine[],
  { wanted, stocks }: WantedStock,
  view: Snapshot,
): { plan: Map<string, PlannedItem> } | { refusal: Refusal } {
  const plan = new Map<string, PlannedItem>();
  const short: { sku: string; requested: number; available: number }[] = [];
  // Kits and their components share units, so each line can only have units that the earlier lines leave.
  let left = view;
  for (const [sku, quantity] of wanted) {
    const stock = sale.supply && sourceStockIn(left, sale.keysOf(sku));
    const record = stocks.get(sku)?.records[0];
    if (!sale.supply || !stock) {
      plan.set(sku, { key: sku, units: quantity, record, callerCaps: sale.callerCaps });
      continue;
    }
    const parts = live.filter(isOfLine(sku));
    const used = parts.map((part) => part.sku);
    const candidates = candidatesOf(sku, sale.supply, stock, used);
    const found = source(candidates, { min: quantity, want: quantity }, sale.supply.sourcing);
    left = viewAfter(left, found ?? []);
    if (!found) short.push({ sku, requested: quantity, available: candidateUnits(candidates) });
    const given = new Map((found ?? []).map((each) => [each.key, each]));
    const keys = new Set([...used, ...given.keys()]);
    const held = new Map(parts.map((part) => [part.sku, part.hold.quantity]));
    for (const key of keys) {
      const { units: more = 0, onHandOnly } = given.get(key) ?? {};
      plan.set(key, { key, units: more, onHandOnly, record, callerCaps: capsAt(sale, stock, key, held) });
      held.set(key, (held.get(key) ?? 0) + more);
    }
  }
  return short.length > 0 ? { refusal: { reason: 'insufficient_stock', meta: { lines: short } } } : { plan };
}

/** `held`: the units of the line at each location, by the time of the step. */
function capsAt(
  { call, callerCaps }: ItemSale,
  stock: SourceStock,
  key: string,
  held: ReadonlyMap<string, number>,
): CallerCaps {
  const elsewhere = sumOf([...held], ([other, units]) => (other === key ? 0 : units));
  const caps = call.caller.customer === null ? withHeldElsewhere(callerCaps, elsewhere) : callerCaps;
  return withOnHandElsewhere(caps, stock.onHandElsewhere(key));
}

const coveredOnly = ({ onHandOnly }: PlannedItem): { onHandOnly?: true } => (onHandOnly ? { onHandOnly } : {});

type Selling = Pick<ItemSale, 'settings' | 'supply'> & { terms: SaleTerms };

/** Sells a part of the cart with the units that are added to it. If its line grows, it has the SKU's current price. */
function sellLine(part: LiveLine, item: PlannedItem | undefined, { settings, supply, terms }: Selling): SoldLine {
  const { hold } = part;
  if (!item) return sellLiveLine(part, terms);
  const { unitPrice = null, limitPerCustomer = null } = item.record ?? {};
  const line = { ...part, ...grownPrice(part, unitPrice), ...sourcedMark(supply !== null || part.sourced === true) };
  const more = item.units;
  if (more === 0) return sellLiveLine(line, terms);
  const quantity = hold.quantity + more;
  const counted = hold.counted || isCounted(hold.customer, limitPerCustomer);
  const { holdId, owner } = hold;
  const change = { by: { min: more, want: more } };
  const asserted = { holdId, owner, quantity: hold.quantity, unitPrice, ...capsOnly(item.callerCaps) };
  const grown = { ...hold, quantity, counted };
  return {
    line: soldLine(orderLine({ ...line, hold: grown }), terms),
    steps: [
      { kind: 'resize', ...asserted, change, quantityMax: settings.lineQuantityMax, ...coveredOnly(item) },
      sellHold(grown, terms),
    ],
    holdId,
  };
}

function sellItem({ call, cartId, supply, ids, terms }: ItemSale & { terms: SaleTerms }, item: PlannedItem): SoldLine {
  const { key, units, record, callerCaps } = item;
  const { unitPrice = null, limitPerCustomer = null } = record ?? {};
  const price = unitPrice === null ? {} : { unitPrice };
  const line = { sku: key, quantity: units, returned: 0, ...price, ...sourcedMark(supply !== null) };
  const customer = call.caller.customer ?? cartKey(cartId);
  const hold = { holdId: ids.newId('hld_'), customer, unitPrice, ...callerCaps, ...coveredOnly(item) };
  return sellUnheld(line, limitPerCustomer, hold, terms);
}

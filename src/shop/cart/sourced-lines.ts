import { DOCUMENT_HOLDS_MAX } from '../../domain/limits.ts';
import type { ReserveStep, Step } from '../../domain/steps.ts';
import type { Refusal } from '../../contract/calls/call.ts';
import type { Cart, CartAddition, CartLine } from '../../contract/outputs/cart-outputs.ts';
import { cartHoldTtlMs } from '../../contract/settings.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import type { Composed, Decision } from '../../transact/mutation.ts';
import { allocationsOf, countLines, isOfLine, sumOf } from '../line/line-parts.ts';
import { type CallerCaps, capsOnly, withHeldElsewhere, withOnHandElsewhere } from '../stock/supply/caller-caps.ts';
import type { SkuPrice } from '../stock/supply/price-cache.ts';
import { type Allotment, source, candidateUnits } from '../stock/supply/sourcing.ts';
import {
  candidatesOf,
  leastPreferredFirst,
  type SourceStock,
  spreadUnits,
  type Supply,
} from '../stock/supply/supply.ts';
import {
  extendLine,
  grownPrice,
  type KeptLine,
  type LinePrice,
  type LiveLine,
  liveParts,
  putCart,
  releaseLine,
  settleEndedLines,
  unitsOfParts,
} from './cart-document.ts';
import { cartOfLine, type LineView, quantityLimit } from './cart-lines.ts';
import { growthCaps, type Life, lifeOf } from './line-life.ts';

/**
 * Changes of a line in a shop with several locations. Each asserts the version of the cart, so that the units which the
 * line has at other locations are those that the caps of its steps include.
 */

/** The locations and the stock that may supply a line. */
export interface Sources {
  supply: Supply;
  /** All locations, by their priority. */
  all: readonly string[];
  stock: SourceStock;
}

export interface SourcedView extends LineView {
  sources: Sources;
  ids: Ids;
}

interface Range {
  min: number;
  want: number;
}

/** Adds `min` to `want` units to the SKU's line: new parts, and more units of those that it has. */
export function addSourced(view: SourcedView, { min, want }: Range): Decision<CartAddition> {
  const { state, price, sku, settings } = view;
  if (!price) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const parts = liveParts(state, sku);
  const room = settings.lineQuantityMax - unitsOfParts(parts);
  if (room < min) return quantityLimit(settings);
  return grow(view, price, parts, { min, want: Math.min(want, room) });
}

/** Sets the SKU's line to `quantity` units, 1 or more. */
export function setSourced(view: SourcedView, quantity: number): Decision<Cart> {
  const { state, price, sku, settings } = view;
  if (quantity > settings.lineQuantityMax) return quantityLimit(settings);
  const parts = liveParts(state, sku);
  const more = quantity - unitsOfParts(parts);
  if (more <= 0) return shrink(view, parts, -more);
  if (!price) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const grown = grow(view, price, parts, { min: more, want: more });
  if (!('steps' in grown) || !grown.answerFromCommit) return grown;
  const { answerFromCommit, ...composed } = grown;
  return {
    ...composed,
    answerFromCommit: (applied) => {
      const { granted: _, ...cart } = answerFromCommit(applied);
      return cart;
    },
  };
}

/** Removes units from the least preferred parts, and extends those that stay. */
function shrink(view: SourcedView, parts: readonly LiveLine[], cut: number): Decision<Cart> {
  const { state, sku, settings, sources } = view;
  const unitsOf = ({ hold }: LiveLine): number => hold.quantity;
  const { locations: preferred, sourcing } = sources.supply;
  const order = leastPreferredFirst(parts, { line: sku, preferred, all: sources.all, sourcing, unitsOf });
  const cuts = spreadUnits(order, cut, unitsOf);
  const ended = parts.filter((part) => cuts.get(part) === part.hold.quantity);
  const kept = parts.filter((part) => !ended.includes(part));
  const { steps, live, lost } = settleEndedLines(state);
  const lines = live.filter((part) => !ended.includes(part));
  return {
    address: null,
    steps: [
      ...steps,
      ...putCart(state, { lines, lost, dueInMs: settings.cartTtlMs }),
      ...ended.map((part) => ({ ...releaseLine(state, part), quantity: part.hold.quantity })),
      ...kept.flatMap((part) => cutBy(view, part, cuts.get(part) ?? 0)),
      ...kept.map(({ holdId }) => extendLine(holdId, state.key, settings)),
    ],
  };
}

/** Removes units from a part, which has to have those that were read. */
function cutBy({ state }: LineView, { holdId, hold: { quantity } }: LiveLine, cut: number): Step[] {
  if (cut === 0) return [];
  const change = { to: quantity - cut };
  return [{ kind: 'resize', holdId, owner: state.key, quantity, change, quantityMax: quantity }];
}

/** A line that grows. */
interface GrowingLine {
  parts: readonly LiveLine[];
  allotments: readonly Allotment[];
  /**
   * The minimum units of the last allotment. It is lower than the allotment if the caller accepts as many units as
   * limits allow.
   */
  min: number;
  price: SkuPrice;
  linePrice: LinePrice;
  life: Life;
  callerCaps: CallerCaps;
  newHolds: ReadonlyMap<string, string>;
}

function grow(view: SourcedView, price: SkuPrice, parts: readonly LiveLine[], range: Range): Decision<CartAddition> {
  const { state, settings, ids } = view;
  const found = allotted(view, parts, range);
  if ('refusal' in found) return found;
  const { allotments, isRest } = found;
  const lived = lifeOfParts(
    view,
    parts,
    sumOf(allotments, ({ units }) => units),
  );
  if ('refusal' in lived) return lived;
  const { live } = settleEndedLines(state);
  const added = allotments.filter(({ key }) => !parts.some((part) => part.sku === key));
  const isFull = parts.length === 0 && countLines(live) >= settings.cartLinesMax;
  if (isFull || live.length + added.length > DOCUMENT_HOLDS_MAX) {
    return { refusal: { reason: 'cart_full', meta: { limit: settings.cartLinesMax } } };
  }
  const [first] = parts;
  return grown(view, {
    ...lived,
    parts,
    allotments,
    price,
    linePrice: first ? grownPrice(first, price.unitPrice) : { unitPrice: price.unitPrice, repriced: false },
    min: range.min < range.want && isRest ? 1 : (allotments.at(-1)?.units ?? 1),
    newHolds: new Map(added.map(({ key }) => [key, ids.newId('hld_')])),
  });
}

interface Allotted {
  allotments: Allotment[];
  /** The allotment is all available units, at one location. If the store finds fewer there, the call gets those. */
  isRest: boolean;
}

/** Chooses the locations of the units. Refused: `insufficient_stock`, `limit_exceeded`. */
function allotted(
  { sku, sources }: SourcedView,
  parts: readonly LiveLine[],
  range: Range,
): Allotted | { refusal: Refusal } {
  const { supply, stock } = sources;
  const limit = stock.records[0]?.limitPerCustomer ?? null;
  const own = unitsOfParts(parts);
  // The store counts the units of a part under the limit only after the part's first change under that limit.
  const isUncounted = limit !== null && parts.some(({ hold }) => !hold.counted);
  if (isUncounted && limit - own < range.min) {
    return { refusal: { reason: 'limit_exceeded', meta: { sku, limit, already: own } } };
  }
  const want = isUncounted ? Math.min(range.want, limit - own) : range.want;
  const used = parts.map((part) => part.sku);
  const candidates = candidatesOf(sku, supply, stock, used);
  const allotments = source(candidates, { min: range.min, want }, supply.sourcing);
  const available = candidateUnits(candidates);
  const [first, ...others] = allotments ?? [];
  // If an allotment of units on hand finds them gone, other units may be backordered.
  const isRest = others.length === 0 && first?.units === available && !first.onHandOnly;
  if (allotments) return { allotments, isRest };
  return { refusal: { reason: 'insufficient_stock', meta: { lines: [{ sku, requested: range.want, available }] } } };
}

/** New parts of a line are as old as its oldest part, so that its units end together. */
function lifeOfParts(
  view: SourcedView,
  parts: readonly LiveLine[],
  units: number,
): Pick<GrowingLine, 'life' | 'callerCaps'> | { refusal: Refusal } {
  if (parts.length === 0) return lifeOf(view, units);
  const { state, settings } = view;
  const ageMs = Math.max(0, state.at - Math.min(...parts.map(({ hold }) => hold.createdAt)));
  const ttlMs = Math.max(1, Math.min(cartHoldTtlMs(settings), settings.holdLifetimeMaxMs - ageMs));
  return { life: { ttlMs, ...(ageMs === 0 ? {} : { ageMs }) }, callerCaps: growthCaps(view) };
}

/** The cart comes first: a stale view must fail on its version, not on the shopper's own holds of a limited SKU. */
function grown(view: SourcedView, growth: GrowingLine): Composed<CartAddition> {
  const { state, sku, settings, admission } = view;
  const { parts, linePrice, newHolds } = growth;
  const { steps, live, lost } = settleEndedLines(state);
  const ofLine = isOfLine(sku);
  const kept = live.map((part): KeptLine => (ofLine(part) ? { ...part, ...linePrice, sourced: true } : part));
  const added = [...newHolds].map(([key, holdId]): KeptLine => ({ sku: key, sourced: true, ...linePrice, holdId }));
  const expired = lost.filter((each) => each.sku !== sku);
  const changed = [
    ...steps,
    ...putCart(state, { lines: [...kept, ...added], lost: expired, dueInMs: settings.cartTtlMs }),
    ...(parts.length === 0 ? admission : []),
    ...takenUnits(view, growth),
    ...parts.map(({ holdId }) => extendLine(holdId, state.key, settings)),
  ];
  const composed = { steps: changed, address: sku };
  return live.length > 0 ? composed : { ...composed, answerFromCommit: onlySourcedLine(view, growth, expired) };
}

/** Returns the steps that take the units. The caps of each include the units elsewhere. */
function takenUnits(
  view: SourcedView,
  { parts, allotments, min, price, life, callerCaps, newHolds }: GrowingLine,
): Step[] {
  const { state, customer } = view;
  const held = new Map(parts.map((part) => [part.sku, part.hold.quantity]));
  return allotments.flatMap(({ key, units, onHandOnly }, at): Step[] => {
    const part = parts.find((each) => each.sku === key);
    const elsewhere = sumOf([...held], ([other, quantity]) => (other === key ? 0 : quantity));
    held.set(key, (held.get(key) ?? 0) + units);
    const caps = withOnHandElsewhere(
      customer === state.key ? withHeldElsewhere(callerCaps, elsewhere) : callerCaps,
      view.sources.stock.onHandElsewhere(key),
    );
    const range = { min: at === allotments.length - 1 ? min : units, want: units };
    const covered = onHandOnly ? { onHandOnly } : {};
    if (part) return [grownBy(view, part, range, { ...capsOnly(caps), ...price, ...covered })];
    const holdId = newHolds.get(key) ?? '';
    const whose = { owner: state.key, customer };
    return [{ kind: 'reserve', holdId, sku: key, ...range, ...life, ...whose, ...caps, ...price, ...covered }];
  });
}

/** Adds units to a part, which has to have those that were read. */
const grownBy = (
  { state, settings }: LineView,
  { holdId, hold: { quantity } }: LiveLine,
  by: Range,
  more: Pick<ReserveStep, 'caps' | 'unitPrice' | 'onHandOnly'>,
): Step => ({
  kind: 'resize',
  holdId,
  owner: state.key,
  quantity,
  change: { by },
  quantityMax: settings.lineQuantityMax,
  ...more,
});

/** Returns the answer for a cart of one new line, without reading it. */
function onlySourcedLine(
  { state, sku, settings }: SourcedView,
  { allotments, linePrice: { unitPrice }, life: { ttlMs }, newHolds }: GrowingLine,
  expired: CartAddition['expired'],
): NonNullable<Composed<CartAddition>['answerFromCommit']> {
  return ({ at, sequence, granted, backordered = [] }) => {
    const parts = allotments.map(({ key }, nth) => ({ sku: key, sourced: true as const, quantity: granted[nth] ?? 0 }));
    const quantity = sumOf(parts, (part) => part.quantity);
    const [holdId = ''] = newHolds.values();
    const price = unitPrice === null ? {} : { unitPrice };
    const line: CartLine = { sku, quantity, ...price, holdId, expiresAt: at + ttlMs, ...allocationsOf(parts) };
    const waiting = sumOf(backordered, (units) => units);
    if (waiting > 0) line.backordered = waiting;
    return cartOfLine(state, { line, at, sequence, expired }, settings);
  };
}

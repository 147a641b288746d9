import { isSamePrice } from '../../domain/money.ts';
import type { Step } from '../../domain/steps.ts';
import {
  type CartState,
  type KeptLine,
  deleteLines,
  extendLine,
  type LineState,
  type LiveLine,
  liveParts,
  liveLines,
  putCart,
  releaseLine,
  settleEndedLines,
  touchCart,
  grownPrice,
  type LinePrice,
  cartView,
  totalOf,
} from './cart-document.ts';
import type { SkuPrice } from '../stock/supply/price-cache.ts';
import { capsOnly } from '../stock/supply/caller-caps.ts';
import { countLines, isOfLine, lineOf } from '../line/line-parts.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Refusal } from '../../contract/calls/call.ts';
import { growthCaps, lifeOf, type LifeView } from './line-life.ts';
import { type Guess, reserveLine } from './line-hold.ts';
import type { Composed, Decision } from '../../transact/mutation.ts';
import { detachedOwner } from '../../transact/documents/names.ts';
import type { Cart, CartAddition, CartLine } from '../../contract/outputs/cart-outputs.ts';

/** The data from which a change of one line is composed. */
export interface LineView extends LifeView {
  state: CartState;
  /** Null: the SKU does not exist. */
  price: SkuPrice | null;
  /** Steps that record the use of an admission, for a new line. */
  admission: readonly Step[];
  /** The id of the hold, if a new one is needed. */
  holdId: string;
  /** The location that a call without a read has chosen for its units, in a shop with several locations; else null. */
  guess: Guess | null;
}

/**
 * Adds `min` to `want` units to the SKU's line. The store only checks the added units. Like stock and the customer
 * limit, the line's maximum caps `want`.
 */
export function addUnits(view: LineView, { min, want }: { min: number; want: number }): Decision<CartAddition> {
  const { state, price, sku, settings } = view;
  if (!price) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const [line] = liveParts(state, sku);
  const room = settings.lineQuantityMax - (line?.hold.quantity ?? 0);
  if (room < min) return quantityLimit(settings);
  const range = { min, want: Math.min(want, room) };
  if (!line) return newLine(view, price, range);
  return { steps: changeLine(view, line, { by: range }, true), address: sku };
}

/** Sets the SKU's line to `quantity` units, 1 or more. */
export function setUnits(view: LineView, quantity: number): Decision<Cart> {
  const { state, price, sku, settings } = view;
  if (quantity > settings.lineQuantityMax) return quantityLimit(settings);
  const [line] = liveParts(state, sku);
  if (line) {
    const isGrowing = quantity > line.hold.quantity;
    return { steps: changeLine(view, line, { to: quantity }, isGrowing), address: isGrowing ? sku : null };
  }
  if (!price) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const added = newLine(view, price, { min: quantity, want: quantity });
  if (!('steps' in added) || !added.answerFromCommit) return added;
  const { answerFromCommit, ...composed } = added;
  return { ...composed, answerFromCommit: (applied) => withoutGranted(answerFromCommit(applied)) };
}

export const quantityLimit = ({ lineQuantityMax }: Settings): Decision<never> => ({
  refusal: { reason: 'quantity_limit', meta: { limit: lineQuantityMax } },
});

const withoutGranted = ({ granted: _, ...cart }: CartAddition): Cart => cart;

/**
 * Changes and extends the hold of one line. This does not depend on the rest of the cart, so no version is asserted,
 * except after a price change. Then a growing line is written with the new price. A shrinking line asserts its
 * quantity, because a concurrent decrease would otherwise let it grow at the old price.
 */
function changeLine(
  view: LineView,
  line: LiveLine,
  change: { to: number } | { by: { min: number; want: number } },
  isGrowing: boolean,
): Step[] {
  const { state, price, settings } = view;
  const { holdId, hold } = line;
  const owned = { holdId, owner: state.key };
  const quantityMax = settings.lineQuantityMax;
  const callerCaps = isGrowing ? growthCaps(view) : view.callerCaps;
  const resize: Step = { kind: 'resize', ...owned, change, quantityMax, ...capsOnly(callerCaps), ...price };
  const extend = extendLine(holdId, state.key, settings);
  const isRepriced = price !== null && !isSamePrice(line.unitPrice, price.unitPrice);
  if (!isRepriced) return [resize, extend, touchCart(state.key, settings.cartTtlMs)];
  const linePrice = grownPrice(line, price.unitPrice);
  if (isGrowing) return [...repriceLine(state, line, linePrice, settings), resize, extend];
  return [{ ...resize, quantity: hold.quantity }, extend, touchCart(state.key, settings.cartTtlMs)];
}

/** Returns the steps of a line with a new price. The cart comes first, as in `newLine`. */
function repriceLine(
  state: CartState,
  { holdId }: LineState,
  { unitPrice, repriced }: LinePrice,
  { cartTtlMs }: Settings,
): Step[] {
  const { steps, live, lost } = settleEndedLines(state);
  const lines = live.map((each) => (each.holdId === holdId ? { ...each, unitPrice, repriced } : each));
  return [...steps, ...putCart(state, { lines, lost, dueInMs: cartTtlMs })];
}

/** Reserves a new hold, also where the SKU's line has ended: an expired hold is never revived. */
function newLine(
  view: LineView,
  { unitPrice }: SkuPrice,
  { min, want }: { min: number; want: number },
): Decision<CartAddition> {
  const { state, sku, customer, admission, holdId, guess, settings } = view;
  const lived = lifeOf(view, want);
  if ('refusal' in lived) return lived;
  const { steps, live, lost } = settleEndedLines(state);
  if (countLines(live) >= settings.cartLinesMax) {
    return { refusal: { reason: 'cart_full', meta: { limit: settings.cartLinesMax } } };
  }
  const key = guess?.key ?? sku;
  const line: KeptLine = { sku: key, unitPrice, repriced: false, holdId };
  if (guess) line.sourced = true;
  const kept = lost.filter((each) => each.sku !== sku);
  // The cart comes first: a stale view must fail on its version, not on the shopper's own hold of a limited SKU.
  const changed: Step[] = [
    ...steps,
    ...putCart(state, { lines: [...live, line], lost: kept, dueInMs: settings.cartTtlMs }),
    ...admission,
    reserveLine({ holdId, key, min, want }, { ...lived, owner: state.key, customer, unitPrice, guess }),
  ];
  if (live.length > 0) return { steps: changed, address: sku };
  return {
    steps: changed,
    address: sku,
    answerFromCommit: onlyLine(view, { unitPrice, ttlMs: lived.life.ttlMs }, kept),
  };
}

/**
 * Returns the answer for a cart of one new line, without reading it. With more lines the cart is read, because a hold
 * can end without a change of its cart. This is the most frequent mutation, and building records for `cartView` would
 * take a third of its CPU.
 */
function onlyLine(
  { state, sku, holdId, guess, settings }: LineView,
  { unitPrice, ttlMs }: SkuPrice & { ttlMs: number },
  expired: CartAddition['expired'],
): NonNullable<Composed<CartAddition>['answerFromCommit']> {
  return ({ at, sequence, granted: [quantity = 0], backordered }) => {
    const price = unitPrice === null ? {} : { unitPrice };
    const line: CartLine = { sku, quantity, ...price, holdId, expiresAt: at + ttlMs };
    if (guess) line.allocations = [{ location: guess.location, quantity }];
    if (backordered?.[0]) line.backordered = backordered[0];
    return cartOfLine(state, { line, at, sequence, expired }, settings);
  };
}

/** Returns a cart of one line, which was added at `at` by the transaction `sequence`. */
export const cartOfLine = (
  { cartId }: CartState,
  { line, at, sequence, expired }: { line: CartLine; at: number; sequence: number; expired: CartAddition['expired'] },
  { cartTtlMs }: Settings,
): CartAddition => ({
  cartId,
  version: sequence,
  serverTime: at,
  expiresAt: at + cartTtlMs,
  total: totalOf([line]),
  expired,
  lines: [line],
  granted: line.quantity,
});

/** Releases the SKU's line and deletes it, or deletes the note that the line was lost. */
export function removeLine(state: CartState, sku: string, settings: Settings): Decision<Cart> {
  const lines = linesOfSku(state, sku);
  const isKnown = lines.length > 0 || state.lost.some((line) => line.sku === sku);
  if (!isKnown) return unchangedCart(state, settings);
  return withoutLine(state, sku, endHolds(state, lines, RELEASE_HOLDS), { dueInMs: settings.cartTtlMs });
}

/**
 * Extends the hold of every live line, each at most to the end of its lifetime. Expired lines stay expired. No version
 * is asserted, because extending a hold already asserts that the line exists.
 */
export function extendCart(state: CartState, settings: Settings): Decision<Cart> {
  const live = liveLines(state);
  if (live.length === 0) return unchangedCart(state, settings);
  const extended = live.map((line) => extendLine(line.holdId, state.key, settings));
  return { steps: [...extended, touchCart(state.key, settings.cartTtlMs)], address: null };
}

/** Releases the live holds of the cart and drops it. */
export const emptyCart = (state: CartState, settings: Settings): Decision<Cart> =>
  dropCart(state, RELEASE_HOLDS, settings);

/**
 * Deleting a line does not release its stock: the caller says whether the hold is released. A request to release a hold
 * that was already sold or released is refused `hold_not_active` and changes nothing.
 */
interface Ending {
  releaseReservations: boolean;
}

const RELEASE_HOLDS: Ending = { releaseReservations: true };

/** Deletes one line. */
export function endLine(state: CartState, sku: string, ending: Ending, settings: Settings): Decision<Cart> {
  const lines = linesOfSku(state, sku);
  if (lines.length === 0) return unchangedCart(state, settings);
  const refusal = endRefusal(lines, ending);
  return refusal ? { refusal } : withoutLine(state, sku, endHolds(state, lines, ending));
}

/** Deletes all lines and drops the cart. */
export function endCart(state: CartState, ending: Ending, settings: Settings): Decision<Cart> {
  const refusal = endRefusal(state.lines, ending);
  return refusal ? { refusal } : dropCart(state, ending, settings);
}

const linesOfSku = ({ lines }: CartState, sku: string): LineState[] => lines.filter(isOfLine(sku));

function endRefusal(lines: readonly LineState[], { releaseReservations }: Ending): Refusal | null {
  if (!releaseReservations) return null;
  for (const { holdId, phase } of lines) {
    if (phase === 'consumed' || phase === 'released') {
      return { reason: 'hold_not_active', meta: { holdId, state: phase } };
    }
  }
  return null;
}

/** Ends the live holds of deleted lines. Overdue holds have already ended by their deadline. */
function endHolds(state: CartState, lines: readonly LineState[], { releaseReservations }: Ending): Step[] {
  const live = lines.filter(({ phase }) => phase === 'live');
  if (releaseReservations) return live.map((line) => releaseLine(state, line));
  const toOwner = detachedOwner(state.cartId);
  return live.map(({ holdId }) => ({ kind: 'transfer', holdId, owner: state.key, toOwner }));
}

function withoutLine(state: CartState, sku: string, ended: Step[], due: { dueInMs?: number } = {}): Composed<Cart> {
  const { steps, kept, lost } = deleteLines(state, (line) => lineOf(line) === sku || line.phase !== 'live');
  const change = { lines: kept, lost: lost.filter((line) => line.sku !== sku), ...due };
  return { steps: [...steps, ...ended, ...putCart(state, change)], address: null };
}

function dropCart(state: CartState, ending: Ending, settings: Settings): Decision<Cart> {
  if (state.version === null) return unchangedCart(state, settings);
  const none = { ...state, version: null, dueAt: null, lines: [], lost: [] };
  return {
    steps: dropSteps(state, ending),
    address: null,
    answerFromCommit: ({ at }) => cartView({ ...none, at }, settings.cartTtlMs),
  };
}

/** Ends the holds of all lines and drops the cart. */
export const dropSteps = (state: CartState, ending = RELEASE_HOLDS): Step[] => [
  ...settleEndedLines(state).steps,
  ...endHolds(state, state.lines, ending),
  ...putCart(state, { lines: [], lost: [] }),
];

const unchangedCart = (state: CartState, settings: Settings): Decision<Cart> => ({
  unchanged: cartView(state, settings.cartTtlMs),
  noopStep: cartMarker(state),
});

/** A step without effect that is refused if the cart has changed since `state`. */
export const cartMarker = ({ key, version }: CartState): Step =>
  version === null ? { kind: 'drop', key, expect: 'absent' } : { kind: 'put', key, expect: version };

import type { Step } from '../../domain/steps.ts';
import {
  type CartState,
  extendLine,
  type LineState,
  putCart,
  releaseLine,
  sweepLines,
  touchCart,
} from './cart-document.ts';
import { cartView, totalOf } from './cart-view.ts';
import type { Definition } from '../stock/definitions.ts';
import { grownPrice, type LinePrice } from './line-price.ts';
import { type Settings, holdTtlMs } from '../../contract/settings.ts';
import type { Composed, Decision } from '../../transact/mutation.ts';
import type { Cart, CartAddition, CartLine } from '../../contract/views.ts';

/** What the changes of one line are composed from. */
export interface LineView {
  state: CartState;
  sku: string;
  /** Null: the shop has no such SKU. */
  definition: Definition | null;
  /** Whom the units count for. */
  customer: string;
  /** The id of a hold, should a new one be needed. */
  holdId: string;
  settings: Settings;
}

const liveLine = ({ state, sku }: LineView): LineState | undefined =>
  state.lines.find((line) => line.sku === sku && line.phase === 'live');

/**
 * Adds `min` to `want` units to the SKU's line: the store checks only what comes in addition to the shopper's own. The
 * line's maximum bounds what is wanted, where fewer will do, as stock and limit do.
 */
export function addUnits(view: LineView, { min, want }: { min: number; want: number }): Decision<CartAddition> {
  const { definition, sku, settings } = view;
  if (!definition) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const line = liveLine(view);
  const room = settings.lineQuantityMax - (line?.hold?.quantity ?? 0);
  if (room < min) return quantityLimit(settings);
  const range = { min, want: Math.min(want, room) };
  if (!line) return newLine(view, definition, range);
  return { steps: changeLine(view, line, { by: range }, true), address: sku };
}

/** Sets the SKU's line to `quantity` units, 1 or more. */
export function setUnits(view: LineView, quantity: number): Decision<Cart> {
  const { definition, sku, settings } = view;
  if (quantity > settings.lineQuantityMax) return quantityLimit(settings);
  const line = liveLine(view);
  if (line) {
    const takes = quantity > (line.hold?.quantity ?? 0);
    return { steps: changeLine(view, line, { to: quantity }, takes), address: takes ? sku : null };
  }
  if (!definition) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const added = newLine(view, definition, { min: quantity, want: quantity });
  if (!('steps' in added) || !added.answerFromCommit) return added;
  const { answerFromCommit: after, ...composed } = added;
  return { ...composed, answerFromCommit: (applied) => withoutGranted(after(applied)) };
}

const quantityLimit = ({ lineQuantityMax }: Settings): Decision<never> => ({
  refusal: { reason: 'quantity_limit', meta: { limit: lineQuantityMax } },
});

const withoutGranted = ({ granted: _, ...cart }: CartAddition): Cart => cart;

/**
 * One line's hold changes and lives on. Nothing here depends on the rest of the cart, so no version is asserted, unless
 * the SKU's price has changed: then a line that grows is written with the new price, and one that does not must not have
 * lost units meanwhile, which it would get back at the old price.
 */
function changeLine(
  { state, definition, settings }: LineView,
  line: LineState,
  change: { to: number } | { by: { min: number; want: number } },
  isGrowing: boolean,
): Step[] {
  const { holdId, hold } = line;
  const owned = { holdId, owner: state.key };
  const priced = definition ? { unitPrice: definition.unitPrice } : {};
  const resize: Step = { kind: 'resize', ...owned, change, quantityMax: settings.lineQuantityMax, ...priced };
  const extend = extendLine(holdId, state.key, settings);
  const price = definition ? grownPrice(line, definition.unitPrice) : line;
  if (price === line) return [resize, extend, touchCart(state.key, settings.cartTtlMs)];
  if (isGrowing) return [...repriceLine(state, line, price, settings), resize, extend];
  const asserted = hold ? { ...resize, quantity: hold.quantity } : resize;
  return [asserted, extend, touchCart(state.key, settings.cartTtlMs)];
}

/** The cart first, as in `newLine`. */
function repriceLine(state: CartState, { holdId }: LineState, price: LinePrice, { cartTtlMs }: Settings): Step[] {
  const { steps, live, lost } = sweepLines(state);
  const lines = live.map((each) => (each.holdId === holdId ? { ...each, ...priceOnly(price) } : each));
  return [...steps, ...putCart(state, { lines, lost, dueInMs: cartTtlMs })];
}

const priceOnly = ({ unitPrice, repriced }: LinePrice): LinePrice => ({ unitPrice, repriced });

/** A new hold, also where the SKU's line has ended: an expired hold is never revived. */
function newLine(
  view: LineView,
  { unitPrice }: Definition,
  { min, want }: { min: number; want: number },
): Decision<CartAddition> {
  const { state, sku, customer, holdId, settings } = view;
  const { steps, live, lost } = sweepLines(state);
  if (live.length >= settings.cartLinesMax) {
    return { refusal: { reason: 'cart_full', meta: { limit: settings.cartLinesMax } } };
  }
  const change = {
    lines: [...live, { sku, unitPrice, repriced: false, holdId }],
    lost: lost.filter((line) => line.sku !== sku),
    dueInMs: settings.cartTtlMs,
  };
  const reserve: Step = {
    kind: 'reserve',
    holdId,
    sku,
    min,
    want,
    ttlMs: holdTtlMs(settings),
    owner: state.key,
    customer,
    unitPrice,
  };
  // The cart first: a view that went stale is read again, before the shopper's own hold could be in their way.
  const changed = [...steps, ...putCart(state, change), reserve];
  if (live.length > 0) return { steps: changed, address: sku };
  return { steps: changed, address: sku, answerFromCommit: onlyLine(view, unitPrice, change.lost) };
}

/** A cart of one new line is known without reading it: other lines' holds may have changed, its own cannot have. */
function onlyLine(
  { state, sku, holdId, settings }: LineView,
  unitPrice: Definition['unitPrice'],
  expired: CartAddition['expired'],
): NonNullable<Composed<CartAddition>['answerFromCommit']> {
  return ({ at, sequence, granted: [quantity = 0] }) => {
    const price = unitPrice === null ? {} : { unitPrice };
    const line: CartLine = { sku, quantity, ...price, holdId, expiresAt: at + holdTtlMs(settings) };
    return {
      cartId: state.cartId,
      version: sequence,
      serverTime: at,
      expiresAt: at + settings.cartTtlMs,
      total: totalOf([line]),
      expired,
      lines: [line],
      granted: quantity,
    };
  };
}

/** Releases the SKU's line and deletes it; its loss, if it was lost, is forgotten too. */
export function removeLine(state: CartState, sku: string, settings: Settings): Decision<Cart> {
  const isKnown = state.lines.some((line) => line.sku === sku) || state.lost.some((line) => line.sku === sku);
  if (!isKnown) return unchangedCart(state, settings);
  const { steps, live, lost } = sweepLines(state);
  const released = live.filter((line) => line.sku === sku).map((line) => releaseLine(state, line));
  const change = {
    lines: live.filter((line) => line.sku !== sku),
    lost: lost.filter((line) => line.sku !== sku),
    dueInMs: settings.cartTtlMs,
  };
  return { steps: [...steps, ...released, ...putCart(state, change)], address: null };
}

/**
 * Moves the deadline of every live line, each at most to the end of its hold's life; lines that have expired stay expired.
 * The lines stay what they are, so only that they are still there is asserted, by extending each.
 */
export function extendCart(state: CartState, settings: Settings): Decision<Cart> {
  const live = state.lines.filter(({ phase }) => phase === 'live');
  if (live.length === 0) return unchangedCart(state, settings);
  const extended = live.map((line) => extendLine(line.holdId, state.key, settings));
  return { steps: [...extended, touchCart(state.key, settings.cartTtlMs)], address: null };
}

/** Releases what the cart holds and drops it. */
export function emptyCart(state: CartState, settings: Settings): Decision<Cart> {
  if (state.version === null) return unchangedCart(state, settings);
  const { steps, live } = sweepLines(state);
  const released = live.map((line) => releaseLine(state, line));
  const drop = putCart(state, { lines: [], lost: [] });
  return {
    steps: [...steps, ...released, ...drop],
    address: null,
    answerFromCommit: ({ at }) => noCart(state, at, settings),
  };
}

export const noCart = ({ cartId, key }: CartState, at: number, settings: Settings): Cart =>
  cartView({ cartId, key, at, version: null, dueAt: null, lines: [], lost: [] }, settings.cartTtlMs);

export const unchangedCart = (state: CartState, settings: Settings): Decision<Cart> => ({
  unchanged: cartView(state, settings.cartTtlMs),
  noopStep: cartMarker(state),
});

/** Refused if the cart has changed since `state`, and without effect otherwise. */
export const cartMarker = ({ key, version }: CartState): Step =>
  version === null ? { kind: 'drop', key, expect: 'absent' } : { kind: 'put', key, expect: version };

import { holdPhase } from '../../domain/machine/live-hold.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { CoreReason } from '../../domain/refusal.ts';
import type { ExtendStep, PutStep, ReleaseStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable } from '../../contract/calls/call.ts';
import { cartKey } from '../../transact/documents/names.ts';
import { cartHoldTtlMs, type Settings } from '../../contract/settings.ts';
import type { LostLine } from '../../contract/output-fields.ts';
import { isSamePrice, type Money } from '../../domain/money.ts';
import type { Cart, CartLine } from '../../contract/outputs/cart-outputs.ts';
import { allocationsOf, groupByLine, isOfLine, lineOf, type LineParts, type Part, sumOf } from '../line/line-parts.ts';
import { skuOf } from '../../domain/stock-keys.ts';

/** Refusals that mean that the view of a cart was stale, because its holds ended or changed their owner. */
export const STALE_CART: readonly CoreReason[] = ['hold_not_active', 'unknown_hold'];

const LOST_LINES_MAX = 20;

/**
 * The state of a line, derived from its hold alone. `overdue`: past its deadline, but not ended in the store yet,
 * where such a hold still counts as live. `gone`: the hold is not on record any more, cannot be decoded, or has another
 * owner.
 */
type LinePhase = ReturnType<typeof holdPhase> | 'gone';

export interface LineState extends LinePrice, Part {
  holdId: string;
  hold: HoldRecord | null;
  phase: LinePhase;
}

export interface LiveLine extends LineState {
  hold: HoldRecord;
}

export interface CartState {
  cartId: string;
  /** Both the document's key and the owner of the lines' holds. */
  key: string;
  at: number;
  /** Null: the cart does not exist. */
  version: number | null;
  dueAt: number | null;
  lines: LineState[];
  /** Lines that ended and were deleted, oldest first. */
  lost: LostLine[];
}

interface Body {
  lines: LineBody[];
  lost: LostLine[];
}

interface LineBody {
  sku: string;
  unitPrice?: Money | undefined;
  repriced?: true | undefined;
  sourced?: true | undefined;
}

/** Returns the cart that is document `nth` of a snapshot. Throws `ServiceFailure` if its record cannot be decoded. */
export function cartState(cartId: string, view: Snapshot, nth = 0): CartState {
  const key = cartKey(cartId);
  assertReadable(view, `document:${key}`);
  const found = view.documents[nth] ?? null;
  if (!found) return { cartId, key, at: view.at, version: null, dueAt: null, lines: [], lost: [] };
  const { record, holds } = found;
  const body = parseBody(record.body);
  const lines = record.holds.map((holdId, line): LineState => {
    const hold = holds[line] ?? null;
    const { sku = '', unitPrice = null, repriced = false, sourced } = body?.lines[line] ?? {};
    const part = { sku: hold?.sku ?? sku, ...(sourced ? { sourced } : {}) };
    return { ...part, unitPrice, repriced, holdId, hold, phase: phaseOf(hold, key, view.at) };
  });
  return { cartId, key, at: view.at, version: record.version, dueAt: record.dueAt, lines, lost: body?.lost ?? [] };
}

/**
 * Returns the content of a body; null for a body that this code did not write. Then only prices are lost, because SKUs
 * and quantities are in the holds.
 */
export function parseBody(body: string): Body | null {
  try {
    const value = JSON.parse(body) as Partial<Body> | null;
    return Array.isArray(value?.lines) && Array.isArray(value.lost) ? (value as Body) : null;
  } catch {
    return null;
  }
}

function phaseOf(hold: HoldRecord | null, owner: string, at: number): LinePhase {
  const phase = hold ? holdPhase(hold, at) : 'gone';
  return (phase === 'live' || phase === 'overdue') && hold?.owner !== owner ? 'gone' : phase;
}

export const liveLines = ({ lines }: CartState): LiveLine[] =>
  lines.filter((line): line is LiveLine => line.phase === 'live');

/** Returns the live parts of a SKU's line. */
export const liveParts = (state: CartState, sku: string): LiveLine[] => liveLines(state).filter(isOfLine(sku));

export const unitsOfParts = (parts: readonly LiveLine[]): number => sumOf(parts, ({ hold }) => hold.quantity);

/**
 * Returns the latest lines that the shopper lost without ending them. They are shown as `expired` and prevent a
 * checkout.
 */
export function lostLines({ lines, lost, at }: CartState): LostLine[] {
  return joinLosses([...lost, ...lines.flatMap((line) => lossOf(line, at))]).slice(-LOST_LINES_MAX);
}

/** Adds up the lost parts of each line. */
const joinLosses = (losses: readonly LostLine[]): LostLine[] =>
  groupByLine(losses).map((parts) => ({
    sku: lineOf(parts[0]),
    quantity: sumOf(parts, ({ quantity }) => quantity),
    at: Math.max(...parts.map(({ at }) => at)),
  }));

function lossOf({ sku, hold, phase }: LineState, at: number): LostLine[] {
  if (phase === 'live' || phase === 'consumed') return [];
  if (!hold || phase === 'gone') return [{ sku, quantity: 0, at }];
  const { quantity, expiresAt, endedAt } = hold;
  return [{ sku, quantity, at: phase === 'released' ? (endedAt ?? expiresAt) : expiresAt }];
}

export type KeptLine = Pick<LineState, 'sku' | 'sourced' | 'unitPrice' | 'repriced' | 'holdId'>;

/** The next content of a cart. */
interface CartChange {
  lines: readonly KeptLine[];
  lost: readonly LostLine[];
  /** The cart is due this long from now; absent: its due time does not change. */
  dueInMs?: number;
}

/** Writes the cart with its new content, or drops it if nothing is left. Refused if the cart changed since `state`. */
export function putCart(state: CartState, { lines, lost, dueInMs }: CartChange): Step[] {
  const expect = state.version ?? 'absent';
  if (lines.length === 0 && lost.length === 0) {
    return state.version === null ? [] : [{ kind: 'drop', key: state.key, expect }];
  }
  const body: Body = { lines: lines.map(lineBody), lost: [...lost] };
  const put: PutStep = {
    kind: 'put',
    key: state.key,
    expect,
    body: JSON.stringify(body),
    holds: lines.map(({ holdId }) => holdId),
    ...(dueInMs === undefined ? {} : { dueInMs }),
  };
  return [put];
}

/** Fields that are undefined are not written. */
const lineBody = ({ sku, unitPrice, repriced, sourced }: KeptLine): LineBody => ({
  sku,
  unitPrice: unitPrice ?? undefined,
  repriced: repriced || undefined,
  sourced,
});

/** Moves the due time of a cart and changes its version, for a change of a line's hold only. */
export const touchCart = (key: string, dueInMs: number): PutStep => ({ kind: 'put', key, expect: 'present', dueInMs });

/** Extends a line's hold from now, at most to the end of its lifetime. It never moves the deadline back. */
export const extendLine = (holdId: string, owner: string, settings: Settings): ExtendStep => ({
  kind: 'extend',
  holdId,
  owner,
  ttlMs: cartHoldTtlMs(settings),
  lifetimeMs: settings.holdLifetimeMaxMs,
});

/**
 * Releases the hold of a line of a cart or an order. Refused if the hold was sold or has another owner, but not if it
 * has expired.
 */
export const releaseLine = ({ key: owner }: { key: string }, { holdId }: { holdId: string }): ReleaseStep => ({
  kind: 'release',
  holdId,
  owner,
  expiredIsFine: true,
});

/**
 * Deletes lines from a cart. Returns the lines that stay, what the shopper lost, and a release of each overdue hold, so
 * that no hold is left without its line. The store ends an overdue hold as expired before the step that names it. Live
 * holds are not ended: the caller adds a step for each of them.
 */
export function deleteLines(
  state: CartState,
  isDeleted: (line: LineState) => boolean,
): { steps: Step[]; kept: LineState[]; lost: LostLine[] } {
  const lines = state.lines.filter(isDeleted);
  const overdue = lines.filter(({ phase }) => phase === 'overdue');
  return {
    steps: overdue.map((line) => releaseLine(state, line)),
    kept: state.lines.filter((line) => !isDeleted(line)),
    lost: lostLines({ ...state, lines }),
  };
}

/** Deletes all ended lines, as a shopper's change of the cart does too. */
export function settleEndedLines(state: CartState): { steps: Step[]; live: LiveLine[]; lost: LostLine[] } {
  const { steps, lost } = deleteLines(state, ({ phase }) => phase !== 'live');
  return { steps, live: liveLines(state), lost };
}

/** The price of a line, and whether it has changed since the line's first units were added. */
export interface LinePrice {
  unitPrice: Money | null;
  repriced: boolean;
}

/**
 * Returns the price of a line that grows: the SKU's current price for the whole line. Otherwise a line could sell any
 * number of units at a price that the shop has corrected since.
 */
export const grownPrice = ({ unitPrice, repriced }: LinePrice, current: Money | null): LinePrice =>
  isSamePrice(unitPrice, current) ? { unitPrice, repriced } : { unitPrice: current, repriced: true };

/**
 * Returns the price of two lines of one SKU that are joined: their own if it is the same, else the SKU's current price.
 * `current` is undefined if the SKU was not read, because a line was added concurrently. Then the line gets the higher
 * price.
 */
export function joinedPrice(present: LinePrice, coming: LinePrice, current: Money | null | undefined): LinePrice {
  if (isSamePrice(present.unitPrice, coming.unitPrice)) {
    return { unitPrice: present.unitPrice, repriced: present.repriced };
  }
  if (current !== undefined) return { unitPrice: current, repriced: true };
  const isHigher = (coming.unitPrice?.amount ?? 0) > (present.unitPrice?.amount ?? 0);
  return { unitPrice: (isHigher ? coming : present).unitPrice, repriced: true };
}

/** Returns the price of a SKU in a snapshot; undefined if the snapshot does not have the SKU. */
export const currentPrice = ({ stock }: Snapshot, sku: string): Money | null | undefined =>
  stock.find((record) => record && skuOf(record.sku) === sku)?.unitPrice;

/**
 * Returns the cart as its shopper sees it. It is derived from the holds, so it is correct even before an expired line
 * is deleted. The version includes ended holds, so it does not go back when a line expires that changed after the cart.
 */
export function cartView(state: CartState, cartTtlMs: number): Cart {
  const lines = groupByLine(liveLines(state)).map(lineView);
  return {
    cartId: state.cartId,
    version: Math.max(state.version ?? 0, ...state.lines.map(({ hold }) => hold?.version ?? 0)),
    serverTime: state.at,
    expiresAt: state.dueAt ?? state.at + cartTtlMs,
    total: totalOf(lines),
    expired: lostLines(state),
    lines,
  };
}

function lineView(parts: LineParts<LiveLine>): CartLine {
  const [first] = parts;
  const { unitPrice, repriced, holdId } = first;
  const price = { ...(unitPrice === null ? {} : { unitPrice }), ...(repriced ? { repriced } : {}) };
  const expiresAt = Math.min(...parts.map(({ hold }) => hold.expiresAt));
  const allocations = allocationsOf(parts.map(({ hold, ...part }) => ({ ...part, quantity: hold.quantity })));
  const backordered = parts.reduce((units, { hold }) => units + hold.backordered, 0);
  const units = { quantity: unitsOfParts(parts), ...(backordered > 0 ? { backordered } : {}) };
  return { sku: lineOf(first), ...units, ...price, holdId, expiresAt, ...allocations };
}

/** Returns null if there are no lines, a price is missing, currencies differ, or the sum exceeds 2^53-1. */
export function totalOf(lines: readonly { quantity: number; unitPrice?: Money }[]): Money | null {
  const currency = lines[0]?.unitPrice?.currency;
  if (currency === undefined) return null;
  let amount = 0;
  for (const { quantity, unitPrice } of lines) {
    if (unitPrice?.currency !== currency) return null;
    amount += quantity * unitPrice.amount;
  }
  return Number.isSafeInteger(amount) ? { amount, currency } : null;
}

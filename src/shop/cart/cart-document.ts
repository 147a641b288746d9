import type { HoldRecord } from '../../domain/records.ts';
import type { CoreReason } from '../../domain/refusal.ts';
import type { ExtendStep, PutStep, ReleaseStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable } from '../../contract/failures.ts';
import type { LinePrice } from './line-price.ts';
import { cartKey } from '../../transact/names.ts';
import { holdTtlMs, type Settings } from '../../contract/settings.ts';
import type { LostLine, Money } from '../../contract/views.ts';

/** Refusals that mean that a cart's view was stale: its holds ended or moved on in the meantime. */
export const STALE_CART: readonly CoreReason[] = ['hold_not_active', 'unknown_hold'];

/** Lost lines that a cart remembers. */
const LOST_LINES_MAX = 20;

/**
 * How a line stands, which follows from its hold alone. `overdue`: past its deadline, ended in the store any moment.
 * `gone`: the hold is not on record any more, cannot be decoded, or is another's.
 */
export type LinePhase = 'live' | 'overdue' | 'expired' | 'released' | 'consumed' | 'gone';

export interface LineState extends LinePrice {
  sku: string;
  holdId: string;
  hold: HoldRecord | null;
  phase: LinePhase;
}

/** A cart as one snapshot shows it. */
export interface CartState {
  cartId: string;
  /** Both the document's key and the owner of the lines' holds. */
  key: string;
  at: number;
  /** Null when there is no cart. */
  version: number | null;
  dueAt: number | null;
  lines: LineState[];
  /** Lines that ended and were deleted, oldest first. */
  lost: LostLine[];
}

interface Body {
  lines: { sku: string; unitPrice?: Money; repriced?: true }[];
  lost: LostLine[];
}

/** The cart that is the first, or the `nth`, document of a snapshot. Throws `ServiceFailure` when its record cannot be decoded. */
export function cartState(cartId: string, view: Snapshot, nth = 0): CartState {
  const key = cartKey(cartId);
  assertReadable(view, `document:${key}`);
  const found = view.documents[nth] ?? null;
  if (!found) return { cartId, key, at: view.at, version: null, dueAt: null, lines: [], lost: [] };
  const { record, holds } = found;
  const body = parseBody(record.body);
  const lines = record.holds.map((holdId, line): LineState => {
    const hold = holds[line] ?? null;
    const { sku = '', unitPrice = null, repriced = false } = body?.lines[line] ?? {};
    return { sku: hold?.sku ?? sku, unitPrice, repriced, holdId, hold, phase: phaseOf(hold, key, view.at) };
  });
  return { cartId, key, at: view.at, version: record.version, dueAt: record.dueAt, lines, lost: body?.lost ?? [] };
}

/** Null for a body that this code did not write: the holds still tell SKUs and quantities, only prices are lost. */
export function parseBody(body: string): Body | null {
  try {
    const value = JSON.parse(body) as Partial<Body> | null;
    return Array.isArray(value?.lines) && Array.isArray(value.lost) ? (value as Body) : null;
  } catch {
    return null;
  }
}

function phaseOf(hold: HoldRecord | null, owner: string, at: number): LinePhase {
  if (!hold) return 'gone';
  if (hold.state !== 'held' && hold.state !== 'pinned') return hold.state;
  if (hold.owner !== owner) return 'gone';
  return hold.expiresAt <= at ? 'overdue' : 'live';
}

/** What the shopper lost without their doing, the latest: shown as `expired`, and in the way of a checkout. */
export function lostLines({ lines, lost, at }: CartState): LostLine[] {
  return [...lost, ...lines.flatMap((line) => lossOf(line, at))].slice(-LOST_LINES_MAX);
}

function lossOf({ sku, hold, phase }: LineState, at: number): LostLine[] {
  if (phase === 'live' || phase === 'consumed') return [];
  if (!hold || phase === 'gone') return [{ sku, quantity: 0, at }];
  const { quantity, expiresAt, endedAt } = hold;
  return [{ sku, quantity, at: phase === 'released' ? (endedAt ?? expiresAt) : expiresAt }];
}

export type KeptLine = Pick<LineState, 'sku' | 'unitPrice' | 'repriced' | 'holdId'>;

/** What is to become of a cart's document. `lines` are those that stay or come; all others go. */
export interface CartChange {
  lines: readonly KeptLine[];
  lost: readonly LostLine[];
  /** When the cart is due from now; absent: as before. */
  dueInMs?: number;
}

/** Writes the cart with its new lines, or drops it when nothing is left to say; refused if it changed since `state`. */
export function putCart(state: CartState, { lines, lost, dueInMs }: CartChange): Step[] {
  const expect = state.version ?? 'absent';
  if (lines.length === 0 && lost.length === 0) {
    return state.version === null ? [] : [{ kind: 'drop', key: state.key, expect }];
  }
  const body: Body = {
    lines: lines.map(({ sku, unitPrice, repriced }) => ({
      sku,
      ...(unitPrice === null ? {} : { unitPrice }),
      ...(repriced ? { repriced } : {}),
    })),
    lost: [...lost],
  };
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

/** The cart stays as it is and is due later: a change of one line's hold only. */
export const touchCart = (key: string, dueInMs: number): PutStep => ({ kind: 'put', key, expect: 'present', dueInMs });

/** A line's hold lives on from now, at most to the end of its whole life; never shorter than before. */
export const extendLine = (holdId: string, owner: string, settings: Settings): ExtendStep => ({
  kind: 'extend',
  holdId,
  owner,
  ttlMs: holdTtlMs(settings),
  lifetimeMs: settings.holdLifetimeMaxMs,
});

/** Ends a line's hold; one whose deadline has come meanwhile is fine, one that was sold or moved on never is. */
export const releaseLine = (state: CartState, { holdId }: LineState): ReleaseStep => ({
  kind: 'release',
  holdId,
  owner: state.key,
  expiredIsFine: true,
});

/**
 * What any change of the lines does on its way: lines that ended go, remembered if the shopper lost them, and overdue
 * holds are ended by name, so that no hold is left without its line.
 */
export function sweepLines(state: CartState): { steps: Step[]; live: LineState[]; lost: LostLine[] } {
  const live = state.lines.filter(({ phase }) => phase === 'live');
  const overdue = state.lines.filter(({ phase }) => phase === 'overdue');
  return { steps: overdue.map((line) => releaseLine(state, line)), live, lost: lostLines(state) };
}

import { endedState } from '../../domain/machine/live-hold.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Call, invalid, ok, type Result } from '../../contract/call.ts';
import type { HoldsReleaseWhereInput } from '../../contract/inputs.ts';
import type { ReleasedHolds } from '../../contract/stock-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { cartIdOf, cartIdOfSession, cartKey, isCart, isOrder, orderIdOf } from '../../transact/names.ts';
import { cartState, deleteLines, putCart, STALE_CART } from '../cart/cart-document.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { liveHolds } from './live-holds.ts';
import { sessionOf } from './top-holders.ts';

/** Holds that are read at once. Their owners' transactions share batches. */
const RELEASED_HOLDS_MAX = 100;

export interface MassReleaseParts extends ServiceParts {
  /** Ends an order that awaits payment, as if its payment had failed. */
  lapse: (order: { orderId: string; reason: string }, call: Call) => Promise<Result<unknown>>;
}

/**
 * Releases the live holds that meet all given conditions, page by page. Each cart, order or detached hold is one
 * transaction: a cart loses its lines and reports them as lost. An order that awaits payment ends as `expired`, and
 * only if the session or the client is given, because its buyer may be paying. A repeated call releases what meets the
 * conditions then. Refused `invalid_input` without a condition.
 */
export async function releaseWhere(
  parts: MassReleaseParts,
  input: HoldsReleaseWhereInput,
  call: Call,
): Promise<Result<ReleasedHolds>> {
  const { sku, session, client, olderThanMs } = input;
  if ([sku, session, client, olderThanMs].every((condition) => condition === undefined)) {
    return invalid('', 'takes at least one of sku, session, client and olderThanMs');
  }
  const { at } = await parts.read({});
  let released = 0;
  for await (const page of liveHolds(parts.store, sku, RELEASED_HOLDS_MAX)) {
    const owned = new Map<string, HoldRecord[]>();
    for (const hold of page) {
      if (matchesConditions(hold, input, at)) owned.set(hold.owner, [...(owned.get(hold.owner) ?? []), hold]);
    }
    const counts = await Promise.all(
      [...owned].map(([owner, holds]) => releaseOf(parts, owner, holds, { input, call })),
    );
    for (const count of counts) released += count;
  }
  return ok({ released });
}

function matchesConditions(
  hold: HoldRecord,
  { session, client, olderThanMs }: HoldsReleaseWhereInput,
  at: number,
): boolean {
  if (session !== undefined && sessionOf(hold) !== session && hold.owner !== cartOf(session)) return false;
  if (client !== undefined && hold.client !== client) return false;
  if (olderThanMs !== undefined && at - hold.createdAt < olderThanMs) return false;
  return !isOrder(hold.owner) || session !== undefined || client !== undefined;
}

const cartOf = (session: string): string => cartKey(cartIdOfSession(session));

/** Resolves with the number of holds that were released: 0 if they have ended or changed their owner meanwhile. */
async function releaseOf(
  parts: MassReleaseParts,
  owner: string,
  holds: readonly HoldRecord[],
  { input, call }: { input: HoldsReleaseWhereInput; call: Call },
): Promise<number> {
  const { reason } = input;
  const own: Call = { caller: call.caller };
  if (isOrder(owner)) return (await parts.lapse({ orderId: orderIdOf(owner), reason }, own)).ok ? holds.length : 0;
  const holdIds = holds.map(({ holdId }) => holdId);
  const result = await parts.transactor.run<number>({
    procedure: 'holds.releaseWhere',
    ...(isCart(owner) ? { lockKeys: owner } : {}),
    input: { holdIds, reason },
    call: own,
    reason,
    reads: () => ({ holds: holdIds, documents: isCart(owner) ? [owner] : [] }),
    compose: (view) => composeReleases(owner, view),
    retryOn: STALE_CART,
    answer: () => Promise.resolve(ok(holds.length)),
  });
  return result.ok ? result.value : 0;
}

function composeReleases(owner: string, view: Snapshot): Decision<number> {
  const live = view.holds.filter((hold): hold is HoldRecord => hold !== null && isHeldBy(hold, owner, view.at));
  const [first] = live;
  if (!first) return { refusal: { reason: 'conflict', meta: {} } };
  const releases = live.map(({ holdId, quantity }): Step => ({ kind: 'release', holdId, owner, quantity }));
  const lines = isCart(owner) ? deleteLinesOf(owner, live, view) : [];
  return { steps: [...releases, ...lines], address: null, answerFromCommit: () => live.length };
}

const isHeldBy = (hold: HoldRecord, owner: string, at: number): boolean =>
  hold.owner === owner && endedState(hold) === null && hold.expiresAt > at;

/** Deletes the lines of the holds, and reports them to the shopper as lost. Keeps the other lines, also ended ones. */
export function deleteLinesOf(owner: string, holds: readonly HoldRecord[], view: Snapshot): Step[] {
  const state = cartState(cartIdOf(owner), view);
  const { steps, kept, lost } = deleteLines(state, (line) => holds.some(({ holdId }) => holdId === line.holdId));
  if (kept.length === state.lines.length) return [];
  const released = holds.map(({ sku, quantity }) => ({ sku, quantity, at: view.at }));
  return [...steps, ...putCart(state, { lines: kept, lost: [...lost, ...released] })];
}

import { observeReleases } from '../cart/observed-lines.ts';
import type { OrderParts } from '../order/order-streaks.ts';
import { kitHoldOf } from '../../domain/kits.ts';
import { endedState } from '../../domain/machine/live-hold.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Call, invalid, ok, type Result } from '../../contract/call.ts';
import type { HoldsReleaseWhereInput } from '../../contract/inputs.ts';
import type { ReleasedHolds } from '../../contract/stock-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { cartIdOf, isCart, isOrder, isReservation, orderIdOf } from '../../transact/names.ts';
import { eventStep } from '../event/event-document.ts';
import { cartState, deleteLines, putCart, STALE_CART } from '../cart/cart-document.ts';
import { lineOf } from '../line/line-parts.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { keysOfSku, liveHolds } from './live-holds.ts';
import { meetsConditions } from './hold-conditions.ts';

/** Holds that are read at once, and released in one transaction. */
const RELEASED_HOLDS_MAX = 100;

export interface MassReleaseParts extends OrderParts {
  /**
   * Ends an order that awaits payment, as if its payment had failed. `alongside` is called in each composition with the
   * live holds that it releases, and adds steps; none of them is used if the order does not await payment any more.
   */
  lapse: (
    order: { orderId: string; reason: string },
    call: Call,
    alongside: (released: readonly HoldRecord[]) => Step[],
  ) => Promise<Result<unknown>>;
}

interface Release {
  input: HoldsReleaseWhereInput;
  /** Without the caller's idempotency key, which is not that of a single transaction. */
  call: Call;
}

/**
 * Releases the live holds that meet all given conditions, page by page. The holds of a page that are in carts or
 * detached are one transaction, and each order is one. Each transaction records an event of what it releases. A cart
 * loses its lines and reports them as lost. An order that awaits payment ends as `expired`, with all its holds, and
 * only if the session or the client is given, because its buyer may be paying. Reservations keep their holds. Instead
 * of a part hold of a kit, the hold of the kit is released. A repeated call releases what meets the conditions then.
 * Refused `invalid_input` without a condition.
 */
export async function releaseWhere(
  parts: MassReleaseParts,
  input: HoldsReleaseWhereInput,
  { caller }: Call,
): Promise<Result<ReleasedHolds>> {
  const { sku, session, client, olderThanMs } = input;
  if ([sku, session, client, olderThanMs].every((condition) => condition === undefined)) {
    return invalid('', 'takes at least one of sku, session, client and olderThanMs');
  }
  const { at } = await parts.read({});
  const release: Release = { input, call: { caller } };
  let released = 0;
  const keys = sku === undefined ? undefined : await keysOfSku(parts.locations, sku);
  for await (const page of liveHolds(parts.store, keys, RELEASED_HOLDS_MAX)) {
    const matching = page.filter((hold) => isReleased(hold, input, at));
    const orders = new Set(matching.map(({ owner }) => owner).filter(isOrder));
    const counts = await Promise.all([
      releaseTogether(parts, wholeHolds(matching.filter(({ owner }) => !isOrder(owner))), release),
      ...[...orders].map((owner) => releaseOrder(parts, orderIdOf(owner), release)),
    ]);
    for (const count of counts) released += count;
  }
  return ok({ released });
}

/** Returns the holds, each part hold replaced by the hold of its kit. */
function wholeHolds(holds: readonly HoldRecord[]): ListedHold[] {
  const whole = holds.map(({ holdId, owner }) => ({ holdId: kitHoldOf(holdId) ?? holdId, owner }));
  return [...new Map(whole.map((hold) => [hold.holdId, hold])).values()];
}

type ListedHold = Pick<HoldRecord, 'holdId' | 'owner'>;

/** Returns the step that records which holds a transaction releases. */
function releaseEvent(
  parts: ServiceParts,
  { input, call }: Release,
  holds: readonly HoldRecord[],
  orderId?: string,
): Step {
  const units = holds.reduce((sum, { quantity }) => sum + quantity, 0);
  const { reason, ...conditions } = input;
  const after = { ...conditions, ...(orderId === undefined ? {} : { orderId }), released: holds.length, units };
  return eventStep(parts, call, { what: 'holds.releaseWhere', after, reason });
}

function isReleased(hold: HoldRecord, input: HoldsReleaseWhereInput, at: number): boolean {
  if (!meetsConditions(hold, input, at) || isReservation(hold.owner)) return false;
  return !isOrder(hold.owner) || input.session !== undefined || input.client !== undefined;
}

/** Resolves with the number of holds that the end of an order releases: 0 if it does not await its payment any more. */
async function releaseOrder(parts: MassReleaseParts, orderId: string, release: Release): Promise<number> {
  const { input, call } = release;
  let count = 0;
  const ended = await parts.lapse({ orderId, reason: input.reason }, call, (holds) => {
    count = holds.length;
    return [releaseEvent(parts, release, holds, orderId)];
  });
  return ended.ok ? count : 0;
}

/**
 * Resolves with the number of holds that were released, without those that have ended or changed their owner meanwhile.
 * If shoppers keep changing their carts meanwhile, the holds are released in two halves.
 */
async function releaseTogether(
  parts: MassReleaseParts,
  holds: readonly ListedHold[],
  release: Release,
): Promise<number> {
  if (holds.length === 0) return 0;
  const { reason } = release.input;
  const owners = [...new Set(holds.map(({ owner }) => owner))];
  const carts = owners.filter(isCart);
  const holdIds = holds.map(({ holdId }) => holdId);
  let released: readonly HoldRecord[] = [];
  const result = await parts.transactor.run<number>({
    procedure: 'holds.releaseWhere',
    lockKeys: carts,
    input: { holdIds, reason },
    call: release.call,
    reason,
    reads: () => ({ holds: holdIds, documents: carts }),
    compose: (view) => {
      released = liveAmong(holds, view);
      return composeReleases(parts, released, view, release);
    },
    retryOn: STALE_CART,
    answer: () => Promise.resolve(ok(holds.length)),
    succeeded: () => observeReleases(parts.streaks, released),
  });
  if (result.ok) return result.value;
  if (owners.length < 2) return 0;
  const half = Math.ceil(holds.length / 2);
  const first = await releaseTogether(parts, holds.slice(0, half), release);
  return first + (await releaseTogether(parts, holds.slice(half), release));
}

/** Returns the listed holds that are still live and have the same owner. */
function liveAmong(listed: readonly ListedHold[], view: Snapshot): HoldRecord[] {
  const owners = new Map(listed.map(({ holdId, owner }) => [holdId, owner]));
  return view.holds.filter(
    (hold): hold is HoldRecord => hold !== null && isHeldBy(hold, owners.get(hold.holdId), view.at),
  );
}

function composeReleases(
  parts: MassReleaseParts,
  live: readonly HoldRecord[],
  view: Snapshot,
  release: Release,
): Decision<number> {
  if (live.length === 0) return NOTHING;
  const releases = live.map(({ holdId, owner, quantity }): Step => ({ kind: 'release', holdId, owner, quantity }));
  const lines = view.documents.flatMap((cart) => (cart ? linesIn(cart, live, view) : []));
  return {
    steps: [...releases, ...lines, releaseEvent(parts, release, live)],
    address: null,
    answerFromCommit: () => live.length,
  };
}

/** The step is sent only for calls with an idempotency key, so never here. */
const NOTHING: Decision<number> = { unchanged: 0, noopStep: { kind: 'drop', key: 'none', expect: 'any' } };

function linesIn(
  cart: NonNullable<Snapshot['documents'][number]>,
  live: readonly HoldRecord[],
  view: Snapshot,
): Step[] {
  const { key } = cart.record;
  const own = live.filter(({ owner }) => owner === key);
  return deleteLinesOf(key, own, { ...view, documents: [cart] });
}

const isHeldBy = (hold: HoldRecord, owner: string | undefined, at: number): boolean =>
  hold.owner === owner && endedState(hold) === null && hold.expiresAt > at;

/** Deletes the lines of the holds, and reports them to the shopper as lost. Keeps the other lines, also ended ones. */
export function deleteLinesOf(owner: string, holds: readonly HoldRecord[], view: Snapshot): Step[] {
  const state = cartState(cartIdOf(owner), view);
  const { steps, kept, lost } = deleteLines(state, (line) => holds.some(({ holdId }) => holdId === line.holdId));
  if (kept.length === state.lines.length) return [];
  const released = holds.map((hold) => ({ sku: lineOf(hold), quantity: hold.quantity, at: view.at }));
  return [...steps, ...putCart(state, { lines: kept, lost: [...lost, ...released] })];
}

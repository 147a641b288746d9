import { observeReleases } from '../cart/observed-lines.ts';
import type { OrderParts } from '../order/checkout/order-streaks.ts';
import { kitHoldOf } from '../../domain/kits.ts';
import { endedState } from '../../domain/machine/live-hold.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Call, invalid, ok, type Result } from '../../contract/calls/call.ts';
import type { HoldsReleaseWhereInput } from '../../contract/inputs/inputs.ts';
import type { ReleasedHolds } from '../../contract/outputs/stock-outputs.ts';
import { type Decision, UNSENT_STEP } from '../../transact/mutation.ts';
import { cartIdOf, isCart, isOrder, isReservation, orderIdOf } from '../../transact/documents/names.ts';
import { eventStep } from '../event/event-document.ts';
import { cartState, deleteLines, putCart, STALE_CART } from '../cart/cart-document.ts';
import { lineOf } from '../line/line-parts.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { keysOfSku, liveHolds, namedHolds } from './live-holds.ts';
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

interface Done {
  holds: number;
  units: number;
  orderIds: string[];
  /** The ids of the holds, only if the call names holds. */
  holdIds: string[];
}

interface Release {
  input: HoldsReleaseWhereInput;
  /** The call without its idempotency key, because one key cannot identify several transactions. */
  call: Call;
  /** The holds and units that the transactions of the call have released so far. */
  done: Done;
  /** The key of the event of the call. Empty until there is one. */
  eventKey: string;
}

/** The most orders and holds that the event names. It always has the numbers of all. */
const NAMED_MAX = 20;

/**
 * Releases the live holds that meet all given conditions, page by page. The holds of a page that are in carts or
 * detached are one transaction, and each order is one. The call has one event: each transaction adds to it what it
 * releases, so that it is true even if the call fails halfway. A cart loses its lines and reports them as lost. An
 * order that awaits payment ends as `expired`, with all its holds, and only if the session or the client is given,
 * because its buyer may be paying. Reservations keep their holds. Instead of a part hold of a kit, the hold of the kit
 * is released. A repeated call releases the holds that meet the conditions at that time. Refused `invalid_input`
 * without a condition. If the call names holds, no others are read, and the answer lists those that were not released.
 */
export async function releaseWhere(
  parts: MassReleaseParts,
  input: HoldsReleaseWhereInput,
  { caller }: Call,
): Promise<Result<ReleasedHolds>> {
  const { sku, session, client, olderThanMs, holdIds } = input;
  if ([sku, session, client, olderThanMs, holdIds].every((condition) => condition === undefined)) {
    return invalid('', 'must have at least one of sku, session, client, olderThanMs and holdIds');
  }
  const { at } = await parts.read({});
  const done = { holds: 0, units: 0, orderIds: [], holdIds: [] };
  const release: Release = { input, call: { caller }, done, eventKey: '' };
  for await (const page of pagesOf(parts, input)) {
    const matching = page.filter((hold) => isReleased(hold, input, at));
    const orders = new Set(matching.map(({ owner }) => owner).filter(isOrder));
    // The transactions run one after the other, because each adds to the event that the earlier ones wrote.
    await releaseTogether(parts, wholeHolds(matching.filter(({ owner }) => !isOrder(owner))), release);
    for (const owner of orders) await releaseOrder(parts, orderIdOf(owner), release);
  }
  if (holdIds === undefined) return ok({ released: release.done.holds });
  const released = new Set(release.done.holdIds);
  const unreleased = [...new Set(holdIds)].filter((holdId) => !released.has(kitHoldOf(holdId) ?? holdId));
  return ok({ released: release.done.holds, unreleased });
}

/** Yields live holds, among them all that meet the conditions. */
async function* pagesOf(
  { read, store, locations }: MassReleaseParts,
  { sku, holdIds }: HoldsReleaseWhereInput,
): AsyncGenerator<HoldRecord[]> {
  if (holdIds !== undefined) return yield* namedHolds(read, holdIds, sku, RELEASED_HOLDS_MAX);
  yield* liveHolds(store, sku === undefined ? undefined : await keysOfSku(locations, sku), RELEASED_HOLDS_MAX);
}

/** Returns the holds, each part hold replaced by the hold of its kit. */
function wholeHolds(holds: readonly HoldRecord[]): ListedHold[] {
  const whole = holds.map(({ holdId, owner }) => ({ holdId: kitHoldOf(holdId) ?? holdId, owner }));
  return [...new Map(whole.map((hold) => [hold.holdId, hold])).values()];
}

type ListedHold = Pick<HoldRecord, 'holdId' | 'owner'>;

/** Returns the released holds and units after a transaction that releases further holds. */
function withHolds({ done, input }: Release, released: readonly HoldRecord[], orderId?: string): Done {
  return {
    holds: done.holds + released.length,
    units: done.units + released.reduce((sum, { quantity }) => sum + quantity, 0),
    orderIds: orderId === undefined ? done.orderIds : [...done.orderIds, orderId],
    holdIds: input.holdIds ? [...done.holdIds, ...released.map(({ holdId }) => holdId)] : [],
  };
}

/** Returns the step that writes the event of the call as it is after a transaction. */
function releaseEvent(parts: ServiceParts, release: Release, { holds, units, orderIds }: Done): Step {
  const { reason, holdIds, ...conditions } = release.input;
  const given = holdIds && { named: holdIds.length, holdIds: holdIds.slice(0, NAMED_MAX) };
  const ended = orderIds.length === 0 ? {} : { orders: orderIds.length, orderIds: orderIds.slice(0, NAMED_MAX) };
  const after = { ...conditions, ...given, ...ended, released: holds, units };
  const step = eventStep(parts, release.call, { what: 'holds.releaseWhere', after, reason });
  release.eventKey ||= step.key;
  return { ...step, key: release.eventKey, expect: 'any' };
}

function isReleased(hold: HoldRecord, input: HoldsReleaseWhereInput, at: number): boolean {
  if (!meetsConditions(hold, input, at) || isReservation(hold.owner)) return false;
  return !isOrder(hold.owner) || input.session !== undefined || input.client !== undefined;
}

/** Ends an order and releases its holds. Does nothing if the order does not await its payment any more. */
async function releaseOrder(parts: MassReleaseParts, orderId: string, release: Release): Promise<void> {
  const { input, call } = release;
  let { done } = release;
  const ended = await parts.lapse({ orderId, reason: input.reason }, call, (holds) => {
    done = holds.length === 0 ? release.done : withHolds(release, holds, orderId);
    return [releaseEvent(parts, release, done)];
  });
  if (ended.ok) release.done = done;
}

/**
 * Releases holds, without those that have ended or changed their owner meanwhile. If shoppers keep changing their carts
 * meanwhile, the holds are released in two halves.
 */
async function releaseTogether(parts: MassReleaseParts, holds: readonly ListedHold[], release: Release): Promise<void> {
  if (holds.length === 0) return;
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
  if (result.ok) release.done = withHolds(release, released);
  if (result.ok || owners.length < 2) return;
  const half = Math.ceil(holds.length / 2);
  await releaseTogether(parts, holds.slice(0, half), release);
  await releaseTogether(parts, holds.slice(half), release);
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
  if (live.length === 0) return { unchanged: 0, noopStep: UNSENT_STEP };
  const releases = live.map(({ holdId, owner, quantity }): Step => ({ kind: 'release', holdId, owner, quantity }));
  const lines = view.documents.flatMap((cart) => (cart ? cartLineSteps(cart, live, view) : []));
  return {
    steps: [...releases, ...lines, releaseEvent(parts, release, withHolds(release, live))],
    address: null,
    answerFromCommit: () => live.length,
  };
}

function cartLineSteps(
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

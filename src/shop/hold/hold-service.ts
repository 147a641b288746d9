import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { ID_PATTERN, NEVER_AT } from '../../domain/limits.ts';
import { kitHoldOf } from '../../domain/kits.ts';
import { compareTexts, isStockKey } from '../../domain/skus.ts';
import { shownKey, skuOf } from '../../domain/stock-keys.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { HoldPosition, Snapshot, Store } from '../../store/store.ts';
import type { HoldService } from './hold-api.ts';
import { deleteLinesOf, type MassReleaseParts, releaseWhere } from './mass-release.ts';
import { meetsConditions } from './hold-conditions.ts';
import { keysOfSku } from './live-holds.ts';
import { topHolders } from './top-holders.ts';
import {
  type Call,
  invalid,
  ok,
  type Result,
  assertReadable,
  type Refusal,
  refuse,
} from '../../contract/calls/call.ts';
import type { HoldReleaseInput, HoldsListInput } from '../../contract/inputs/inputs.ts';
import {
  customerOwner,
  isCart,
  isOrder,
  isReservation,
  orderIdOf,
  reservationIdOf,
} from '../../transact/documents/names.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import type { Decision, Effect } from '../../transact/mutation.ts';
import { observeReleases } from '../cart/observed-lines.ts';
import type { Hold, StockLevel } from '../../contract/outputs/stock-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import { isReserving } from '../../domain/machine/held-counts.ts';
import { endedState } from '../../domain/machine/live-hold.ts';
import type { StockReader } from '../stock/units/stock-reader.ts';

/** Lists and releases holds for the operator. */
export function createHoldService(parts: MassReleaseParts): HoldService {
  return {
    list: (input) => pageOfHolds(parts, input),
    release: (input, call) => releaseHold(parts, input, call),
    releaseWhere: (input, call) => releaseWhere(parts, input, call),
    top: (input) => topHolders(parts, input),
  };
}

/**
 * Releases a hold. A hold in a cart is read again together with the cart; the end of any other hold is composed from
 * the first read. The id of a part hold releases the hold of its kit.
 */
async function releaseHold(
  { transactor, read, reader, streaks }: MassReleaseParts,
  input: HoldReleaseInput,
  call: Call,
): Promise<Result<StockLevel>> {
  const holdId = kitHoldOf(input.holdId) ?? input.holdId;
  const holds = [holdId];
  let released: Snapshot['holds'] = [];
  const begun = transactor.waits.begun(call);
  let first: Snapshot | null = await transactor.waits.before(begun, read({ holds }));
  const takeFirst = (): Snapshot | null => {
    const view = first;
    first = null;
    return view;
  };
  return transactor.run({
    procedure: 'holds.release',
    input,
    call: begun,
    reason: input.reason,
    optimisticSnapshot: () => (first && cartsOf(first).length === 0 ? takeFirst() : null),
    reads: async () => ({ holds, documents: cartsOf(takeFirst() ?? (await read({ holds }))) }),
    compose: (view) => {
      released = view.holds;
      return composeRelease(holdId, view);
    },
    answer: skuLevel(reader),
    succeeded: () => observeReleases(streaks, released),
  });
}

/** Returns the key of the cart that owns the view's hold. */
const cartsOf = ({ holds: [hold] }: Snapshot): string[] => (hold && isCart(hold.owner) ? [hold.owner] : []);

/** Releases the hold. If it is in a cart, also deletes its line and reports the loss to the shopper. */
function composeRelease(holdId: string, view: Snapshot): Decision<StockLevel> {
  const endable = endableHold(holdId, view);
  if ('refusal' in endable) return endable;
  const { owner, sku, quantity } = endable;
  const release: Step = { kind: 'release', holdId, owner, quantity };
  const composed = { address: null, effectReference: skuOf(sku) };
  if (!isCart(owner)) return { ...composed, steps: [release] };
  return { ...composed, steps: [release, ...deleteLinesOf(owner, [endable], view)] };
}

/**
 * Returns a page of live holds. It omits overdue and committed holds, and those that do not meet the conditions, so a
 * page may have fewer than `limit` holds although another page follows.
 */
async function pageOfHolds(
  { store, read, locations }: ServiceParts,
  input: HoldsListInput,
): Promise<Result<Page<Hold>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  if (input.owner !== undefined) return holdsOfOwner(read, input.owner, input);
  const cursor = decodeCursor<[string, number, string]>('holds', ['string', 'number', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [key = '', expiresAt = 0, holdId = ''] = cursor.value ?? [];
  const after = cursor.value && { sku: key, expiresAt, holdId };
  if (after && !isPosition(after, input.sku)) return invalid('cursor', 'is not a cursor of this list');
  const { at } = await read({});
  const keys = input.sku === undefined ? undefined : await keysOfSku(locations, input.sku);
  const found = await holdsAfter(store, keys, after, limit.value + 1);
  const { items, ...next } = cutPage(
    found,
    limit.value,
    (hold) => (isListed(hold, input, at) ? [holdView(hold)] : []),
    ({ sku, expiresAt, holdId }) => encodeCursor('holds', [sku, expiresAt, holdId]),
  );
  return ok({ items: items.flat(), ...next });
}

const isListed = (hold: HoldRecord, input: HoldsListInput, at: number): boolean =>
  isReserving(hold) &&
  hold.expiresAt > at &&
  meetsConditions(hold, input, at) &&
  (input.customerId === undefined || meetsConditions(hold, { session: customerOwner(input.customerId) }, at));

/** Returns the holds of a cart, an order or a reservation, which its document lists. */
async function holdsOfOwner(
  read: ServiceParts['read'],
  owner: string,
  input: HoldsListInput,
): Promise<Result<Page<Hold>>> {
  const { at, documents } = await read({ documents: [owner] });
  const isWanted = (hold: HoldRecord | null): hold is HoldRecord =>
    hold?.owner === owner && (input.sku === undefined || skuOf(hold.sku) === input.sku) && isListed(hold, input, at);
  return ok({ items: (documents[0]?.holds ?? []).filter(isWanted).map(holdView) });
}

/** Lists the holds of some stock keys, or of all, in the order of keys, deadlines and ids. */
async function holdsAfter(
  store: Pick<Store, 'listHolds'>,
  keys: readonly string[] | undefined,
  after: HoldPosition | null,
  limit: number,
): Promise<HoldRecord[]> {
  if (keys === undefined) return store.listHolds({ ...(after ? { after } : {}), limit });
  const found: HoldRecord[] = [];
  for (const sku of keys.toSorted(compareTexts)) {
    const order = after ? compareTexts(sku, after.sku) : 1;
    if (order < 0 || found.length >= limit) continue;
    const page = { sku, ...(after && order === 0 ? { after } : {}), limit: limit - found.length };
    found.push(...(await store.listHolds(page)));
  }
  return found;
}

const isPosition = ({ sku: key, expiresAt, holdId }: HoldPosition, listed: string | undefined): boolean =>
  isStockKey(key) &&
  (listed === undefined || listed === skuOf(key)) &&
  Number.isSafeInteger(expiresAt) &&
  expiresAt >= 0 &&
  ID_PATTERN.test(holdId);

export function holdView(hold: HoldRecord): Hold {
  const { holdId, sku: key, quantity, backordered, state, expiresAt, createdAt, owner, client, version } = hold;
  const known = { ...(client === null ? {} : { client }), ...(backordered === 0 ? {} : { backordered }) };
  const deadline = expiresAt === NEVER_AT ? null : expiresAt;
  const kitHoldId = kitHoldOf(holdId);
  const ofKit = kitHoldId === null ? {} : { kitHoldId };
  return {
    holdId,
    ...ofKit,
    ...shownKey(key),
    quantity,
    state,
    expiresAt: deadline,
    createdAt,
    owner,
    ...known,
    version,
  };
}

/**
 * Returns the view's first hold, if its id alone is enough to end it. Otherwise returns the refusal: the hold is
 * unknown, it has ended (a second release, a release after a consume), or it belongs to an order, which ends by payment
 * or by cancelling, or to a reservation.
 */
export function endableHold(holdId: string, view: Snapshot): HoldRecord | { refusal: Refusal } {
  assertReadable(view, `hold:${holdId}`);
  const [hold] = view.holds;
  if (!hold) return { refusal: { reason: 'unknown_hold', meta: { holdId, state: 'unknown' } } };
  const { owner, expiresAt } = hold;
  // The store expires an overdue hold before it refuses, even one that is missing in the index of deadlines.
  const ended =
    endedState(hold) ??
    (hold.state === 'committed' ? hold.state : null) ??
    ((isOrder(owner) || isReservation(owner)) && expiresAt <= view.at ? 'expired' : null);
  if (ended) return { refusal: { reason: 'hold_not_active', meta: { holdId, state: ended } } };
  if (isReservation(owner)) {
    const meta = { reservationId: reservationIdOf(owner), status: 'reserved' as const };
    return { refusal: { reason: 'reservation_state', meta } };
  }
  if (!isOrder(owner)) return hold;
  return { refusal: { reason: 'order_state', meta: { orderId: orderIdOf(owner), status: 'awaiting_payment' } } };
}

/** Returns the answer to the end of a hold: the level of the SKU to which the effect points. */
export const skuLevel =
  (reader: StockReader) =>
  ({ reference }: Effect): Promise<Result<StockLevel>> =>
    reference === null
      ? Promise.resolve(refuse({ reason: 'unknown_sku', meta: { sku: '' } }))
      : reader.level(skuOf(reference));

import { kitHoldOf } from '../../domain/kits.ts';
import { isReserving } from '../../domain/machine/held-counts.ts';
import { freeOf } from '../../domain/machine/step-context.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Call, ok, type Result } from '../../contract/calls/call.ts';
import type { WriteOffInput } from '../../contract/inputs/inputs.ts';
import type { WrittenOff } from '../../contract/outputs/stock-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { hasDocument, isCart, isOrder, isReservation } from '../../transact/documents/names.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import { loseUnits } from '../reservation/reservation-retention.ts';
import { eventIn, eventStep } from '../event/event-document.ts';
import { storedStatus } from '../order/record/order-document.ts';
import { expireOrder } from '../order/record/order-retention.ts';
import { keyAt, LOCATED_DEFAULTS } from '../stock/supply/located-steps.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { liveHolds } from './live-holds.ts';
import { deleteLinesOf } from './mass-release.ts';

/** One transaction ends at most this many holds. */
const HOLDS_ENDED_MAX = 500;

/**
 * Removes units that are damaged or stolen. With `newest_holds` it also ends as many of the newest holds as are needed,
 * in the same transaction: the lines of carts are lost, orders that await payment expire, and reservations have fewer
 * units. Sold units stay sold. Units in a hold of a kit are taken by ending that hold.
 */
export async function writeOff(parts: ServiceParts, input: WriteOffInput, call: Call): Promise<Result<WrittenOff>> {
  const { sku, reason } = input;
  const begun = parts.transactor.waits.begun(call);
  const at = await parts.transactor.waits.before(begun, keyAt(parts.locations, input));
  if (!at.ok) return at;
  const { value: key } = at;
  let choice: Choice = { holds: [], isEnough: false };
  return parts.transactor.run<WrittenOff>({
    procedure: 'stock.writeOff',
    input,
    defaults: LOCATED_DEFAULTS,
    call: begun,
    reason,
    reads: async () => {
      if (input.takeFrom === 'newest_holds') choice = await newestHolds(parts, key, input.quantity);
      const owners = new Set(choice.holds.map(({ owner }) => owner).filter(hasDocument));
      return { holds: choice.holds.map(({ holdId }) => holdId), documents: [...owners] };
    },
    compose: (view, refused) =>
      refused?.reason === 'below_reserved' && !choice.isEnough
        ? { refusal: { reason: 'below_reserved', meta: refused.meta } }
        : compose(parts, { input, call, key, chosen: choice.holds }, view),
    retryOn: ['below_reserved', ...STALE_CART],
    answer: async ({ reference }) => {
      const level = await parts.reader.level(sku);
      return level.ok ? ok({ ...level.value, endedHolds: await endedHolds(parts, reference) }) : level;
    },
  });
}

/** A hold to end. For a part hold it is the hold of the kit. */
type ChosenHold = Pick<HoldRecord, 'holdId' | 'owner'>;

interface Choice {
  holds: readonly ChosenHold[];
  /** Whether the free units and those of these holds are enough. */
  isEnough: boolean;
}

/**
 * Returns the newest holds that have to end so that enough units of a key are free. Returns none if enough units are
 * free already, or if the holds that one transaction may end have too few.
 */
async function newestHolds({ store, read }: ServiceParts, key: string, quantity: number): Promise<Choice> {
  const {
    stock: [record],
  } = await read({ skus: [key] });
  // Backordered units are not on hand, so ending their holds frees none.
  let missing = record ? quantity - freeOf(record) - record.backordered : 0;
  if (missing <= 0) return { holds: [], isEnough: true };
  const all: HoldRecord[] = [];
  for await (const page of liveHolds(store, [key])) all.push(...page);
  const newest = all.sort((a, b) => b.createdAt - a.createdAt || (a.holdId < b.holdId ? 1 : -1));
  const holds: ChosenHold[] = [];
  for (const hold of newest) {
    if (missing <= 0 || holds.length === HOLDS_ENDED_MAX) break;
    const onHand = hold.quantity - hold.backordered;
    if (onHand === 0) continue;
    holds.push({ holdId: kitHoldOf(hold.holdId) ?? hold.holdId, owner: hold.owner });
    missing -= onHand;
  }
  // No hold is chosen if there are too few units, so that the store's refusal reports the reserved units unchanged.
  return missing > 0 ? { holds: [], isEnough: false } : { holds, isEnough: true };
}

function compose(
  parts: ServiceParts,
  { input, call, key, chosen }: { input: WriteOffInput; call: Call; key: string; chosen: readonly ChosenHold[] },
  view: Snapshot,
): Decision<WrittenOff> {
  const { quantity } = input;
  const owners = new Map(chosen.map(({ holdId, owner }) => [holdId, owner]));
  const live = view.holds.filter(
    (hold): hold is HoldRecord =>
      hold !== null && isReserving(hold) && hold.owner === owners.get(hold.holdId) && hold.expiresAt > view.at,
  );
  const ends = [...new Set(live.map(({ owner }) => owner))].map((owner) => endOf(parts, owner, live, view));
  const ended = ends.flatMap(({ holdIds }) => holdIds);
  const { reason, ...after } = { ...input, endedHolds: ended };
  const event = eventStep(parts, call, { what: 'stock.writeOff', after, reason });
  return {
    address: null,
    effectReference: event.key,
    steps: [
      ...ends.flatMap(({ steps }) => steps),
      { kind: 'adjust', sku: key, delta: -quantity, as: 'adjusted' },
      event,
    ],
  };
}

/**
 * Returns the steps that end the holds of an owner: a cart, an order that awaits payment, a reservation, or an owner
 * without a document.
 */
function endOf(
  { settings }: ServiceParts,
  owner: string,
  live: readonly HoldRecord[],
  view: Snapshot,
): { steps: Step[]; holdIds: string[] } {
  const own = live.filter((hold) => hold.owner === owner);
  const holdIds = own.map(({ holdId }) => holdId);
  const found = view.documents.find((document) => document?.record.key === owner);
  if (found && isOrder(owner)) {
    const isAwaiting = storedStatus(found.record) === 'awaiting_payment';
    return isAwaiting ? { steps: expireOrder(found, settings), holdIds } : { steps: [], holdIds: [] };
  }
  const releases = own.map(({ holdId, quantity }): Step => ({ kind: 'release', holdId, owner, quantity }));
  if (found && isReservation(owner))
    return { steps: [...releases, ...loseUnits(found, new Set(holdIds), settings)], holdIds };
  const lines = found && isCart(owner) ? deleteLinesOf(owner, own, { ...view, documents: [found] }) : [];
  return { steps: [...releases, ...lines], holdIds };
}

/** The event of the call has the holds that it ended. It is deleted after its retention. */
async function endedHolds({ read }: ServiceParts, eventKey: string | null): Promise<string[]> {
  if (eventKey === null) return [];
  const {
    documents: [found],
  } = await read({ documents: [eventKey] });
  const after = (found && eventIn(found.record)?.after) as { endedHolds?: string[] } | undefined;
  return after?.endedHolds ?? [];
}

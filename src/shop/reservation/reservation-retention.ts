import type { DocumentRecord, HoldRecord } from '../../domain/records.ts';
import { isLive } from '../../domain/machine/live-hold.ts';
import { skuOf } from '../../domain/stock-keys.ts';
import type { DropStep, PutStep, ReleaseStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { ServiceFailure } from '../../contract/calls/call.ts';
import { releaseLine } from '../cart/cart-document.ts';
import {
  expiredBody,
  parseReservation,
  putEnded,
  putReservation,
  type ReservationRetention,
  statusAfter,
} from './reservation-document.ts';
import { givenBack } from './reservation-parts.ts';

type FoundDocument = NonNullable<Snapshot['documents'][number]>;

/** Expires a reservation that is past its deadline, or deletes an ended one after its retention. */
export function dueReservation(
  { record, holds }: FoundDocument,
  settings: ReservationRetention,
): { steps: Step[]; hasExpired: boolean } {
  const body = parseReservation(record);
  if (body?.status !== 'reserved') return { steps: forgetReservation(record), hasExpired: false };
  const steps = [...releases({ record, holds }), ...putReservation(record, expiredBody(body), settings)];
  return { steps, hasExpired: true };
}

/**
 * Returns the steps that update the record of a reservation that has expired, when another one takes its reference:
 * none if that has been done.
 */
export function expireFormerHolder(
  { record, holds }: FoundDocument,
  at: number,
  settings: ReservationRetention,
): (ReleaseStep | PutStep)[] {
  const body = parseReservation(record);
  if (body?.status !== 'reserved' || record.dueAt === null || record.dueAt > at) return [];
  return [...releases({ record, holds }), putEnded(record, expiredBody(body), settings)];
}

function releases({ record, holds }: FoundDocument): ReleaseStep[] {
  const live = holds.filter((hold): hold is HoldRecord => hold !== null && hold.owner === record.key && isLive(hold));
  return live.map((hold) => releaseLine(record, hold));
}

/** Deletes a reservation. Its dispatched units do not count for the customer any more. */
function forgetReservation({ key, version, body }: DocumentRecord): [DropStep] {
  const { parts = [], customer = key } = parseReservation({ body }) ?? {};
  const forget = parts.flatMap(({ key: stock, counted: quantity }) =>
    quantity === undefined ? [] : [{ sku: skuOf(stock), customer, quantity }],
  );
  return [{ kind: 'drop', key, expect: version, forget }];
}

/** Writes a reservation that loses the units of some of its holds. They count as released. */
export function loseUnits(
  { record }: FoundDocument,
  holdIds: ReadonlySet<string>,
  settings: ReservationRetention,
): PutStep[] {
  const body = parseReservation(record);
  if (!body) throw new ServiceFailure(`the reservation ${record.key} cannot be read`);
  const parts = body.parts.map((part) => (holdIds.has(part.holdId ?? '') ? givenBack(part) : part));
  return putReservation(record, { ...body, parts, status: statusAfter(body.status, parts) }, settings);
}

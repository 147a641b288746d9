import type { DropStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable, type Refusal } from '../../contract/calls/call.ts';
import { isOpenReservation } from '../../domain/reservation-states.ts';
import { reservationKey, reservedAsKey } from '../../transact/documents/names.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { reservationState, type ReservationRetention, wrongReservationStatus } from './reservation-document.ts';
import { expireFormerHolder } from './reservation-retention.ts';

/** Which reservation has a reference, or had it last. */
export interface ReferenceHolder {
  reservationId: string | null;
  /** The version of the note of it. */
  version: number | 'absent';
}

export async function referenceHolderOf(
  { read }: Pick<ServiceParts, 'read'>,
  reference: string,
): Promise<ReferenceHolder> {
  const key = reservedAsKey(reference);
  const view = await read({ documents: [key] });
  assertReadable(view, `document:${key}`);
  const [found] = view.documents;
  return { reservationId: found?.record.body ?? null, version: found?.record.version ?? 'absent' };
}

/** Returns the document of the holder, which a snapshot has to have for `takenBy`. */
export const documentsOf = ({ reservationId }: ReferenceHolder): string[] =>
  reservationId === null ? [] : [reservationKey(reservationId)];

/** Returns the refusal if the holder has not ended. */
export function takenBy({ reservationId }: ReferenceHolder, view: Snapshot): Refusal | null {
  const state = reservationId === null ? null : reservationState(reservationId, view);
  return state && isOpenReservation(state.body.status) ? wrongReservationStatus(state) : null;
}

/**
 * Gives a reference to a reservation, if `holder` is still right. The record of a holder that has expired is updated in
 * the same transaction: it must not take the reference back when that is done later.
 */
export function takeReference(
  { reference, reservationId }: { reference: string; reservationId: string },
  holder: ReferenceHolder,
  view: Snapshot,
  settings: ReservationRetention,
): Step[] {
  const { version: expect } = holder;
  const [former] = documentsOf(holder).map((key) => view.documents.find((found) => found?.record.key === key));
  return [
    { kind: 'put', key: reservedAsKey(reference), expect, body: reservationId, dueInMs: null },
    ...(former ? expireFormerHolder(former, view.at, settings) : []),
  ];
}

export const dropReference = (reference: string): DropStep => ({
  kind: 'drop',
  key: reservedAsKey(reference),
  expect: 'any',
});

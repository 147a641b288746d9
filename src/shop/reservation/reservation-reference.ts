import type { DropStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable, type Refusal } from '../../contract/calls/call.ts';
import { isOpenReservation } from '../../domain/reservation-states.ts';
import { reservationKey, reservedAsKey } from '../../transact/documents/names.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { reservationState, type ReservationRetention, wrongReservationStatus } from './reservation-document.ts';
import { expireFormerHolder } from './reservation-retention.ts';

/** The reservation that has a reference, or had it last. */
export interface ReferenceHolder {
  reservationId: string | null;
  /** The version of the document that names the holder. */
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

/** Returns the key of the holder's document, which the snapshot for `takenBy` must have. */
export const documentsOf = ({ reservationId }: ReferenceHolder): string[] =>
  reservationId === null ? [] : [reservationKey(reservationId)];

/** Returns the refusal if the holder has not ended. */
export function takenBy({ reservationId }: ReferenceHolder, view: Snapshot): Refusal | null {
  const state = reservationId === null ? null : reservationState(reservationId, view);
  return state && isOpenReservation(state.body.status) ? wrongReservationStatus(state) : null;
}

/**
 * Returns the steps that assign a reference to a reservation. They are refused if `holder` has changed. The record of
 * an expired holder is updated in the same transaction, because a later update would assign the reference to it again.
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

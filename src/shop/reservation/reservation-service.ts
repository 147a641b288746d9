import { newestDocuments } from '../../transact/documents/document-pages.ts';
import type { DocumentList, DocumentRecord, HoldRecord } from '../../domain/records.ts';
import { isOpenReservation, type ReservationStatus } from '../../domain/reservation-states.ts';
import type { Snapshot } from '../../store/store.ts';
import { invalid, ok, type Result, refuse } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { ReservationGetInput, ReservationsListInput } from '../../contract/inputs/reservation-inputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import { isReservation } from '../../transact/documents/names.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import type { ReservationService } from './reservation-api.ts';
import { readReservation, unknownReservation } from './reservation-change.ts';
import { createReservation } from './reservation-create.ts';
import { reservationRecordView } from './reservation-document.ts';
import { commitReservation, extendReservation, transferReservation } from './reservation-life.ts';
import { referenceHolderOf } from './reservation-reference.ts';
import { resizeReservation } from './reservation-resize.ts';
import { fulfilReservation, releaseReservation } from './reservation-units.ts';

export const createReservationService = (parts: ServiceParts): ReservationService => ({
  create: (input, call) => createReservation(parts, input, call),
  get: (input) => getReservation(parts, input),
  list: (input) => listReservations(parts, input),
  extend: (input, call) => extendReservation(parts, input, call),
  resize: (input, call) => resizeReservation(parts, input, call),
  commit: (input, call) => commitReservation(parts, input, call),
  fulfil: (input, call) => fulfilReservation(parts, input, call),
  release: (input, call) => releaseReservation(parts, input, call),
  transfer: (input, call) => transferReservation(parts, input, call),
});

async function getReservation(
  parts: ServiceParts,
  { reservationId, reference }: ReservationGetInput,
): Promise<Result<Reservation>> {
  if (reference === undefined) return readReservation(parts, reservationId ?? '');
  const holder = await referenceHolderOf(parts, reference);
  const found = holder.reservationId === null ? null : await readReservation(parts, holder.reservationId);
  return found?.ok ? found : refuse(unknownReservation({ reference }));
}

/**
 * Returns the newest reservations first, merged from the lists of open and of ended ones. It omits those of another
 * status and those that cannot be read, so a page may have fewer than `limit` although another page follows.
 */
async function listReservations(parts: ServiceParts, input: ReservationsListInput): Promise<Result<Page<Reservation>>> {
  if (input.reference !== undefined) return onlyOf(parts, input, input.reference);
  const lists = reservationLists(input.status);
  const page = await newestDocuments(parts.store, input, { name: 'reservations', isKey: isReservation, lists });
  if (!page.ok) return page;
  const { items, ...next } = page.value;
  const { at } = await parts.read({});
  const shown = await withOpenHolds(parts, items);
  return ok({ items: shown.flatMap((each) => withStatus(reservationRecordView(each, at), input.status)), ...next });
}

/** Documents per read. Each may have many holds. */
const DOCUMENTS_READ_MAX = 50;

/** Reads the holds of open reservations, because only they show which units are backordered. */
async function withOpenHolds(
  { read }: Pick<ServiceParts, 'read'>,
  records: readonly DocumentRecord[],
): Promise<NonNullable<Snapshot['documents'][number]>[]> {
  const holds = new Map<string, readonly (HoldRecord | null)[]>();
  const open = records.filter((record) => record.holds.length > 0).map(({ key }) => key);
  for (let from = 0; from < open.length; from += DOCUMENTS_READ_MAX) {
    const { documents } = await read({ documents: open.slice(from, from + DOCUMENTS_READ_MAX) });
    for (const found of documents) if (found) holds.set(found.record.key, found.holds);
  }
  return records.map((record) => ({ record, holds: [...(holds.get(record.key) ?? [])] }));
}

async function onlyOf(
  parts: ServiceParts,
  { cursor, status }: ReservationsListInput,
  reference: string,
): Promise<Result<Page<Reservation>>> {
  if (cursor !== undefined) return invalid('cursor', 'is not a cursor of this list');
  const found = await getReservation(parts, { reference });
  return ok({ items: found.ok ? withStatus(found.value, status) : [] });
}

const withStatus = (reservation: Reservation | null, status: ReservationStatus | undefined): Reservation[] =>
  reservation && (status === undefined || reservation.status === status) ? [reservation] : [];

/** Returns the lists that may have reservations of a status. One that has expired may still be in that of open ones. */
function reservationLists(status: ReservationStatus | undefined): DocumentList[] {
  if (status !== undefined && isOpenReservation(status)) return ['reservations'];
  if (status === undefined || status === 'expired') return ['reservations', 'reservations_ended'];
  return ['reservations_ended'];
}

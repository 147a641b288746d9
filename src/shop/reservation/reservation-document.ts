import { NEVER_AT } from '../../domain/limits.ts';
import type { DocumentRecord, HoldRecord } from '../../domain/records.ts';
import { isOpenReservation, type ReservationStatus } from '../../domain/reservation-states.ts';
import type { PutStep, Step } from '../../domain/steps.ts';
import type { Applied } from '../../domain/transaction.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable, type Refusal, ServiceFailure } from '../../contract/calls/call.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import type { Settings, Sourcing } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import { reservationIdOf, reservationKey, reservedAsKey } from '../../transact/documents/names.ts';
import { type Backorders, backordersAfter, backordersIn } from '../line/line-backorders.ts';
import {
  fulfilledReservedUnits,
  givenBack,
  linesOf,
  openOf,
  openReservedUnits,
  type ReservationPart,
} from './reservation-parts.ts';

/** The stored body of a reservation. Its deadline is that of its document, and of all its holds. */
export interface ReservationBody {
  reference: string;
  status: ReservationStatus;
  createdAt: number;
  /** The id of the request that created it. */
  requestId?: string;
  /** `customer:<hash>` of the customer whose limits count. */
  customer?: string;
  /** The channel whose locations may supply its units. */
  channel?: string;
  locations?: readonly string[];
  sourcing?: Sourcing;
  parts: ReservationPart[];
}

/** A reservation in one snapshot. */
export interface ReservationState {
  reservationId: string;
  /** Both the document's key and the owner of the holds. */
  key: string;
  at: number;
  record: DocumentRecord;
  /** With the status at `at`: one past its deadline has expired, even if its record is not updated yet. */
  body: ReservationBody;
  /** The live holds of the open parts by their ids. */
  holds: ReadonlyMap<string, HoldRecord>;
}

/** Returns the reservation of a snapshot; null if it has none. Throws `ServiceFailure` for one that cannot be read. */
export function reservationState(reservationId: string, view: Snapshot): ReservationState | null {
  const key = reservationKey(reservationId);
  assertReadable(view, `document:${key}`);
  const found = view.documents.find((document) => document?.record.key === key);
  if (!found) return null;
  const { record } = found;
  const body = bodyAt(record, view.at);
  if (!body) throw new ServiceFailure(`the reservation ${key} cannot be read`);
  const own = found.holds.filter((hold): hold is HoldRecord => hold !== null && hold.owner === key);
  return { reservationId, key, at: view.at, record, body, holds: new Map(own.map((hold) => [hold.holdId, hold])) };
}

/** Returns the body of a reservation; null for a body that this code did not write. */
export function parseReservation(record: Pick<DocumentRecord, 'body'>): ReservationBody | null {
  try {
    const body = JSON.parse(record.body) as Partial<ReservationBody> | null;
    return typeof body?.reference === 'string' && Array.isArray(body.parts) ? (body as ReservationBody) : null;
  } catch {
    return null;
  }
}

/** Returns the body at the time `at`: after its deadline a reservation has released its units. */
function bodyAt(record: DocumentRecord, at: number): ReservationBody | null {
  const body = parseReservation(record);
  const isOver = body?.status === 'reserved' && record.dueAt !== null && record.dueAt <= at;
  return body && isOver ? expiredBody(body) : body;
}

export const expiredBody = (body: ReservationBody): ReservationBody => ({
  ...body,
  status: 'expired',
  parts: body.parts.map(givenBack),
});

/** The data of a reservation that its body does not have. */
interface ReservationFacts extends Pick<Reservation, 'expiresAt' | 'version'> {
  backorders: Backorders;
}

/** Returns the reservation as callers see it. */
export const reservationView = (
  reservationId: string,
  { reference, status, createdAt, parts }: ReservationBody,
  { expiresAt, version, backorders }: ReservationFacts,
): Reservation => ({
  reservationId,
  reference,
  status,
  createdAt,
  expiresAt: status === 'reserved' ? expiresAt : null,
  version,
  lines: linesOf(parts, backorders),
});

export const reservationStateView = ({ reservationId, body, record, holds, at }: ReservationState): Reservation =>
  reservationView(reservationId, body, {
    expiresAt: record.dueAt,
    version: record.version,
    backorders: backordersAt([...holds.values()], at),
  });

/** Returns the backordered units in holds that are not past their deadline. */
const backordersAt = (holds: readonly (HoldRecord | null)[], at: number): Backorders =>
  backordersIn(holds.filter((hold) => hold !== null && hold.expiresAt > at));

/** The document of a reservation, with its holds. */
type FoundReservation = NonNullable<Snapshot['documents'][number]>;

/** Returns the reservation of a record at `at`; null for a record that is not one. */
export function reservationRecordView({ record, holds }: FoundReservation, at: number): Reservation | null {
  const body = bodyAt(record, at);
  const { dueAt: expiresAt, version } = record;
  const own = holds.filter((hold) => hold?.owner === record.key);
  const facts = { expiresAt, version, backorders: backordersAt(own, at) };
  return body && reservationView(reservationIdOf(record.key), body, facts);
}

export const wrongReservationStatus = ({
  reservationId,
  body: { status },
}: Pick<ReservationState, 'reservationId' | 'body'>): Refusal => ({
  reason: 'reservation_state',
  meta: { reservationId, status },
});

/**
 * Returns the hold of a part with open units. Throws `ServiceFailure` if its units or its state differ from the
 * reservation, so that the reservation is not written.
 */
export function holdOf({ key, body, holds }: ReservationState, part: ReservationPart): HoldRecord {
  const hold = holds.get(part.holdId ?? '');
  const state = body.status === 'reserved' ? 'held' : 'committed';
  const open = openReservedUnits(part);
  if (hold?.state === state && hold.quantity === open && hold.sku === part.key) return hold;
  const found = hold ? `${hold.quantity} ${hold.state} units` : 'no live hold';
  throw new ServiceFailure(`${key} has ${found} of ${part.key}, not ${open} ${state} units`);
}

/** Returns the status of a reservation whose units have changed. It ends with its last open unit. */
export function statusAfter(before: ReservationStatus, parts: readonly ReservationPart[]): ReservationStatus {
  const hasLeft = fulfilledReservedUnits(parts) > 0;
  if (openOf(parts) === 0) return hasLeft ? 'fulfilled' : 'released';
  if (before === 'reserved') return 'reserved';
  return hasLeft ? 'partially_fulfilled' : 'committed';
}

export type ReservationRetention = Pick<Settings, 'orderRetentionMs' | 'unpaidOrderRetentionMs'>;

/** Returns how long a reservation is kept after its end: as long as an order that was paid, or that was not. */
const retentionMs = (status: ReservationStatus, settings: ReservationRetention): number =>
  status === 'fulfilled'
    ? settings.orderRetentionMs
    : Math.min(settings.unpaidOrderRetentionMs, settings.orderRetentionMs);

type StoredReservation = Pick<DocumentRecord, 'key'> & { version: number | 'absent' };

/**
 * Writes a reservation, if it is still as in `record`. One that ends keeps its reference, until another one gets it or
 * its own retention ends. `dueInMs` is the deadline of an open one; absent: unchanged.
 */
export function putReservation(
  record: StoredReservation,
  body: ReservationBody,
  settings: ReservationRetention,
  dueInMs?: number | null,
): PutStep[] {
  const { key, version: expect } = record;
  if (isOpenReservation(body.status)) {
    const holds = body.parts.flatMap(({ holdId }) => holdId ?? []);
    const due = dueInMs === undefined ? {} : { dueInMs };
    return [{ kind: 'put', key, expect, body: JSON.stringify(body), list: 'reservations', holds, ...due }];
  }
  const ended = putEnded(record, body, settings);
  const name = reservedAsKey(body.reference);
  return [ended, { kind: 'put', key: name, expect: 'any', body: reservationIdOf(key), dueInMs: ended.dueInMs }];
}

/** Writes an ended reservation without the document of its reference. */
export const putEnded = (
  { key, version }: StoredReservation,
  body: ReservationBody,
  settings: ReservationRetention,
): PutStep & { dueInMs: number } => ({
  kind: 'put',
  key,
  expect: version,
  body: JSON.stringify(body),
  list: 'reservations_ended',
  dueInMs: retentionMs(body.status, settings),
});

/** The steps and the body of a change. Its `status` follows from the units, except for a commit. */
interface ChangedReservation {
  steps: Step[];
  body: ReservationBody;
  dueInMs?: number | null;
}

/** Returns the transaction that changes units of a reservation. */
export const changeUnits = (
  state: ReservationState,
  { steps, parts }: { steps: Step[]; parts: ReservationPart[] },
  settings: ReservationRetention,
): Decision<Reservation> =>
  changeState(
    state,
    { steps, body: { ...state.body, parts, status: statusAfter(state.body.status, parts) } },
    settings,
  );

/**
 * Returns the transaction that changes a reservation. The document is the first step, so that a stale view is refused
 * because of it.
 */
export function changeState(
  { reservationId, record, holds }: ReservationState,
  { steps, body, dueInMs }: ChangedReservation,
  settings: ReservationRetention,
): Decision<Reservation> {
  return {
    steps: [...putReservation(record, body, settings, dueInMs), ...steps],
    address: null,
    effectReference: reservationId,
    answerFromCommit: (applied: Applied) => {
      const { at, sequence: version } = applied;
      const expiresAt = dueInMs === undefined ? record.dueAt : deadlineIn(at, dueInMs);
      const backorders = backordersAfter([...holds.values()], steps, applied);
      return reservationView(reservationId, body, { expiresAt, version, backorders });
    },
  };
}

/** Returns the deadline `ttlMs` after `at`; null for none. */
export const deadlineIn = (at: number, ttlMs: number | null): number | null => (ttlMs === null ? null : at + ttlMs);

/** Changes nothing. */
export const unchanged = (state: ReservationState): Decision<Reservation> => ({
  unchanged: reservationStateView(state),
  noopStep: { kind: 'put', key: state.key, expect: state.record.version },
});

/** Returns the deadline of new holds of a reserved one: that of its other holds. */
export const sharedDeadline = ({ record }: ReservationState): number => record.dueAt ?? NEVER_AT;

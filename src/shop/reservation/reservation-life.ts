import { isOpenReservation } from '../../domain/reservation-states.ts';
import type { CommitStep, ExtendStep } from '../../domain/steps.ts';
import type { Call, Result } from '../../contract/calls/call.ts';
import type {
  ReservationCommitInput,
  ReservationExtendInput,
  ReservationTransferInput,
} from '../../contract/inputs/reservation-inputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { reservationKey, reservedAsKey } from '../../transact/documents/names.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import { reasonSteps } from '../event/event-document.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { changeReservation, readReservation, unknownReservation } from './reservation-change.ts';
import {
  changeState,
  holdOf,
  type ReservationState,
  reservationState,
  unchanged,
  wrongReservationStatus,
} from './reservation-document.ts';
import {
  documentsOf,
  dropReference,
  type ReferenceHolder,
  referenceHolderOf,
  takenBy,
  takeReference,
} from './reservation-reference.ts';
import { openParts } from './reservation-units.ts';

/** Sells the units of a reserved one. They stay on hand until their dispatch, whatever `Settings.sellAt` is. */
export const commitReservation = (
  parts: ServiceParts,
  input: ReservationCommitInput,
  call: Call,
): Promise<Result<Reservation>> =>
  changeReservation(parts, { procedure: 'reservations.commit', input, call }, (state) => {
    const { status, parts: own } = state.body;
    if (status !== 'reserved') return { refusal: wrongReservationStatus(state) };
    const steps = openParts(own).map((part): CommitStep => {
      const { holdId, owner, quantity } = holdOf(state, part);
      return { kind: 'commit', holdId, owner, quantity };
    });
    return changeState(state, { steps, body: { ...state.body, status: 'committed' }, dueInMs: null }, parts.settings);
  });

/** Moves the deadline of a reserved one, and of all its holds. An earlier one changes nothing. */
export const extendReservation = (
  parts: ServiceParts,
  input: ReservationExtendInput,
  call: Call,
): Promise<Result<Reservation>> =>
  changeReservation(parts, { procedure: 'reservations.extend', input, call }, (state) => {
    if (state.body.status !== 'reserved') return { refusal: wrongReservationStatus(state) };
    const { ttlMs, reason } = input;
    if (!expiresLater(state, ttlMs)) return unchanged(state);
    const steps = openParts(state.body.parts).map((part): ExtendStep => {
      const { holdId, owner } = holdOf(state, part);
      return { kind: 'extend', holdId, owner, ttlMs };
    });
    const after = { reservationId: state.reservationId, ttlMs };
    const event = reasonSteps(parts, call, { what: 'reservations.extend', after, reason });
    return changeState(state, { steps: [...steps, ...event], body: state.body, dueInMs: ttlMs }, parts.settings);
  });

const expiresLater = ({ record: { dueAt }, at }: ReservationState, ttlMs: number | null): boolean =>
  dueAt !== null && (ttlMs === null || at + ttlMs > dueAt);

/** Changes the reference of a reservation. */
export function transferReservation(
  parts: ServiceParts,
  input: ReservationTransferInput,
  call: Call,
): Promise<Result<Reservation>> {
  const { reservationId, reference, reason } = input;
  const key = reservationKey(reservationId);
  let holder: ReferenceHolder = { reservationId: null, version: 'absent' };
  return parts.transactor.run<Reservation>({
    procedure: 'reservations.transfer',
    lockKeys: [key, reservedAsKey(reference)],
    input,
    call,
    reads: async () => {
      holder = await referenceHolderOf(parts, reference);
      return { documents: [...new Set([key, ...documentsOf(holder)])] };
    },
    compose: (view): Decision<Reservation> => {
      const state = reservationState(reservationId, view);
      if (!state) return { refusal: unknownReservation({ reservationId }) };
      if (!isOpenReservation(state.body.status)) return { refusal: wrongReservationStatus(state) };
      if (state.body.reference === reference) return unchanged(state);
      const refusal = takenBy(holder, view);
      if (refusal) return { refusal };
      const taken = takeReference({ reference, reservationId }, holder, view, parts.settings);
      const event = reasonSteps(parts, call, {
        what: 'reservations.transfer',
        before: { reservationId, reference: state.body.reference },
        after: { reservationId, reference },
        reason,
      });
      const steps = [...taken, dropReference(state.body.reference), ...event];
      return changeState(state, { steps, body: { ...state.body, reference } }, parts.settings);
    },
    retryOn: STALE_CART,
    answer: () => readReservation(parts, reservationId),
  });
}

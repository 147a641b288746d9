import type { HoldRecord } from '../../domain/records.ts';
import { isOpenReservation, type ReservationStatus } from '../../domain/reservation-states.ts';
import type { Step } from '../../domain/steps.ts';
import type { Call, Result } from '../../contract/calls/call.ts';
import type { ReservationFulfilInput, ReservationReleaseInput } from '../../contract/inputs/reservation-inputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import { allUnits, refuseExcess, unitsOfEntries } from '../order/record/part-units.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { changeReservation } from './reservation-change.ts';
import { changeUnits, holdOf, type ReservationState, wrongReservationStatus } from './reservation-document.ts';
import { openReservedUnits, type ReservationPart, withUnits } from './reservation-parts.ts';

/** How open units leave a reservation: they are dispatched or released. */
interface Leaving {
  mayLeave: (status: ReservationStatus) => boolean;
  /** Returns the parts in the order in which they lose units. */
  order: (parts: ReservationPart[]) => ReservationPart[];
  step: (hold: HoldRecord, units: number) => Step;
  after: (part: ReservationPart, units: number, hold: HoldRecord) => ReservationPart;
}

const DISPATCH: Leaving = {
  mayLeave: (status) => status !== 'reserved',
  order: (parts) => parts,
  step: ({ holdId, owner, quantity }, units) => ({ kind: 'fulfil', holdId, owner, quantity, units }),
  after: (part, units, { counted: isCounted }) => {
    const counted = (part.counted ?? 0) + (isCounted ? units : 0);
    return withUnits(part, { fulfilled: part.fulfilled + units, ...(counted === 0 ? {} : { counted }) });
  },
};

const RELEASE: Leaving = {
  mayLeave: () => true,
  order: (parts) => parts.toReversed(),
  step: lessUnits,
  after: (part, units) => withUnits(part, { released: part.released + units }),
};

/** Returns the step that frees units of a hold. Its last units end it. */
export function lessUnits({ holdId, owner, quantity, state }: HoldRecord, units: number): Step {
  const claims = { holdId, owner, quantity };
  if (units < quantity) return { kind: 'resize', ...claims, change: { to: quantity - units }, quantityMax: quantity };
  return { kind: 'release', ...claims, ...(state === 'committed' ? { committed: true } : {}) };
}

export const fulfilReservation = (
  parts: ServiceParts,
  input: ReservationFulfilInput,
  call: Call,
): Promise<Result<Reservation>> =>
  changeReservation(parts, { procedure: 'reservations.fulfil', input, call }, (state) =>
    leave(parts, DISPATCH, state, input),
  );

export const releaseReservation = (
  parts: ServiceParts,
  input: ReservationReleaseInput,
  call: Call,
): Promise<Result<Reservation>> =>
  changeReservation(parts, { procedure: 'reservations.release', input, call }, (state) =>
    leave(parts, RELEASE, state, input),
  );

function leave(
  { settings }: ServiceParts,
  leaving: Leaving,
  state: ReservationState,
  { lines }: Pick<ReservationFulfilInput, 'lines'>,
): Decision<Reservation> {
  const { status, parts } = state.body;
  if (!isOpenReservation(status) || !leaving.mayLeave(status)) return { refusal: wrongReservationStatus(state) };
  const taken =
    lines === undefined
      ? allUnits(parts, openReservedUnits)
      : unitsOfEntries(leaving.order(parts), lines, { keyOf: ({ key }) => key, roomOf: openReservedUnits });
  if ('isKnown' in taken) return { refusal: refuseExcess(taken) };
  const steps = [...taken].map(([part, units]) => leaving.step(holdOf(state, part), units));
  const after = parts.map((part) => {
    const units = taken.get(part);
    return units === undefined ? part : leaving.after(part, units, holdOf(state, part));
  });
  return changeUnits(state, { steps, parts: after }, settings);
}

/** Returns the parts with open units. */
export const openParts = (parts: readonly ReservationPart[]): ReservationPart[] =>
  parts.filter((part) => openReservedUnits(part) > 0);

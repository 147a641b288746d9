import type { Snapshot } from '../../store/store.ts';
import { type Call, ok, type Refusal, type Result, refuse } from '../../contract/calls/call.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import { STALE_CART } from '../cart/cart-document.ts';
import type { Decision } from '../../transact/mutation.ts';
import { reservationKey } from '../../transact/documents/names.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { type ReservationState, reservationState, reservationStateView } from './reservation-document.ts';

interface ReservationChangeCall {
  procedure: string;
  input: { reservationId: string; reason?: string | undefined };
  call: Call;
}

/** Changes one reservation in a transaction that reads nothing else. Refused `unknown_reservation`. */
export function changeReservation(
  parts: ServiceParts,
  change: ReservationChangeCall,
  compose: (state: ReservationState, view: Snapshot) => Decision<Reservation>,
): Promise<Result<Reservation>> {
  const { reservationId, reason } = change.input;
  const key = reservationKey(reservationId);
  return parts.transactor.run({
    ...change,
    reason,
    lockKeys: key,
    reads: () => ({ documents: [key] }),
    compose: (view) => {
      const state = reservationState(reservationId, view);
      return state ? compose(state, view) : { refusal: unknownReservation({ reservationId }) };
    },
    retryOn: STALE_CART,
    answer: () => readReservation(parts, reservationId),
  });
}

export const unknownReservation = (meta: { reservationId?: string; reference?: string }): Refusal => ({
  reason: 'unknown_reservation',
  meta,
});

export async function readReservation(
  { read }: Pick<ServiceParts, 'read'>,
  reservationId: string,
): Promise<Result<Reservation>> {
  const state = reservationState(reservationId, await read({ documents: [reservationKey(reservationId)] }));
  return state ? ok(reservationStateView(state)) : refuse(unknownReservation({ reservationId }));
}

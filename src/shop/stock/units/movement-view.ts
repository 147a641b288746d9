import type { ShownMovement } from '../../../contract/outputs/stock-outputs.ts';
import type { Movement } from '../../../domain/records.ts';
import { shownKey } from '../../../domain/stock-keys.ts';
import { isOrder, isReservation, orderIdOf, reservationIdOf } from '../../../transact/documents/names.ts';

/** Returns a movement as callers see it. */
export function movementView(movement: Movement): ShownMovement {
  const { id, at, sku: key, kind, quantity, onHand, reserved, committed, backordered, holdId, owner, cause } = movement;
  const orderId = cause.orderId ?? (owner !== null && isOrder(owner) ? orderIdOf(owner) : undefined);
  const reservationId = owner !== null && isReservation(owner) ? reservationIdOf(owner) : undefined;
  return {
    movementId: `mov_${id}`,
    at,
    ...shownKey(key),
    kind,
    quantity,
    onHand,
    reserved,
    committed,
    ...(backordered.before === 0 && backordered.after === 0 ? {} : { backordered }),
    ...(holdId === null ? {} : { holdId }),
    ...(orderId === undefined ? {} : { orderId }),
    ...(reservationId === undefined ? {} : { reservationId }),
    cause: shownCause(cause),
  };
}

/** Returns a cause as callers see it, without the span of the call. */
export const shownCause = ({ by, reason, reference, requestId }: Movement['cause']): ShownMovement['cause'] => ({
  by,
  ...(reason === undefined ? {} : { reason }),
  ...(reference === undefined ? {} : { reference }),
  ...(requestId === undefined ? {} : { requestId }),
});

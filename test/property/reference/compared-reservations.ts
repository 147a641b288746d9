import { expect } from 'vitest';
import type { Holdfast } from '../../../src/shop/holdfast.ts';
import type { RefShop } from './reference-shop.ts';
import { expectedReservation, observedReservation } from './reference-views.ts';

/** Compares all reservations with the reference, by their ids and by their references. */
export async function compareReservations(
  { reservations }: Holdfast,
  shop: RefShop,
  references: readonly string[],
): Promise<void> {
  for (const reservation of shop.reservations) {
    const found = await reservations.get({ reservationId: reservation.id ?? '' });
    const { meta: _, ...expected } = expectedReservation(reservation);
    const observed = found.ok ? observedReservation(found.value) : { refused: found.refusal.reason };
    expect(observed, `reservation ${reservation.id}`).toEqual(expected);
  }
  for (const reference of references) {
    const holder = shop.references.get(reference);
    const found = await reservations.get({ reference });
    const expected = holder && !holder.isForgotten ? holder.id : null;
    expect(found.ok ? found.value.reservationId : null, `the reservation of ${reference}`).toBe(expected);
  }
}

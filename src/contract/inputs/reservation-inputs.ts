import { z } from 'zod';
import { RESERVATION_STATUSES } from '../../domain/reservation-states.ts';
import * as field from './fields.ts';
import { locatedLines, sourcingFields } from './location-fields.ts';
import { optionalInput } from './optional-input.ts';

const { id, oneOf, page, reasoned, text } = field;

/** Milliseconds, at most 400 days; null: no deadline. */
const ttlMs = field.lifetime;

/** The inputs of reservations. `inputs.ts` adds them to the others. */
export const RESERVATION_INPUTS = {
  'reservations.create': z.strictObject({
    /** The caller's own name for it. Only one reservation that has not ended may have it. */
    reference: text,
    /** All of them are reserved, or none. Quantities of one SKU are added up. */
    lines: field.reservedLines,
    ttlMs,
    /** The customer whose limit the units count toward; absent: each reservation has limits of its own. */
    customer: field.customerId.optional(),
    ...sourcingFields,
    ...reasoned,
  }),
  'reservations.get': oneOf(
    z.strictObject({
      /** The id. Either this or `reference` is required. */
      reservationId: id.optional(),
      /** The reference, for the newest reservation that has it. */
      reference: text.optional(),
    }),
    'reservationId',
    'reference',
  ),
  'reservations.list': optionalInput({
    ...page,
    status: z.enum(RESERVATION_STATUSES, { error: `must be one of ${RESERVATION_STATUSES.join(', ')}` }).optional(),
    /** Only the newest reservation that has this reference. */
    reference: text.optional(),
  }),
  'reservations.extend': z.strictObject({
    reservationId: id,
    /** Counted from now. The deadline never moves to an earlier time. */
    ttlMs,
    ...reasoned,
  }),
  'reservations.resize': z.strictObject({
    reservationId: id,
    /** The units that each line has afterward, also those that were dispatched or released. 0 deletes the line. */
    lines: field.resizedLines,
    ...reasoned,
  }),
  'reservations.commit': z.strictObject({ reservationId: id, ...reasoned }),
  'reservations.fulfil': z.strictObject({
    reservationId: id,
    /**
     * The units that leave the stock; absent: all that are left. Quantities of one SKU are added up. Without a
     * `location` they leave the locations of the line in their order.
     */
    lines: locatedLines.optional(),
    ...reasoned,
  }),
  'reservations.release': z.strictObject({
    reservationId: id,
    /**
     * The units that are available again; absent: all that are left. Quantities of one SKU are added up. Without a
     * `location` they are those of the last locations of the line.
     */
    lines: locatedLines.optional(),
    ...reasoned,
  }),
  'reservations.transfer': z.strictObject({
    reservationId: id,
    /** The reference that it has afterward. */
    reference: text,
    ...reasoned,
  }),
};

type ReceivedReservation<P extends keyof typeof RESERVATION_INPUTS> = Omit<
  z.output<(typeof RESERVATION_INPUTS)[P]>,
  'idempotencyKey'
>;

export interface ReservationCreateInput extends ReceivedReservation<'reservations.create'> {}
export interface ReservationGetInput extends ReceivedReservation<'reservations.get'> {}
export interface ReservationsListInput extends ReceivedReservation<'reservations.list'> {}
export interface ReservationExtendInput extends ReceivedReservation<'reservations.extend'> {}
export interface ReservationResizeInput extends ReceivedReservation<'reservations.resize'> {}
export interface ReservationCommitInput extends ReceivedReservation<'reservations.commit'> {}
export interface ReservationFulfilInput extends ReceivedReservation<'reservations.fulfil'> {}
export interface ReservationReleaseInput extends ReceivedReservation<'reservations.release'> {}
export interface ReservationTransferInput extends ReceivedReservation<'reservations.transfer'> {}

/** The statuses of a reservation while it has units, and those of one that has ended. */
export const OPEN_RESERVATIONS = ['reserved', 'committed', 'partially_fulfilled'] as const;
export const ENDED_RESERVATIONS = ['fulfilled', 'released', 'expired'] as const;

/** A reservation begins as `reserved`. Only a reserved one expires, and only a committed one is dispatched. */
export const RESERVATION_STATUSES = [...OPEN_RESERVATIONS, ...ENDED_RESERVATIONS] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

const OPEN_RESERVATION_SET: ReadonlySet<string> = new Set(OPEN_RESERVATIONS);
export const isOpenReservation = (status: ReservationStatus): boolean => OPEN_RESERVATION_SET.has(status);

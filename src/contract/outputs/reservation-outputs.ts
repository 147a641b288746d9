import { z } from 'zod';
import { allocation, moment, natural, reservationId, reservationStatus, shownSku, string } from '../output-fields.ts';

const reservedLine = z
  .strictObject({
    sku: shownSku,
    /** All units of the line, also those that were dispatched or released. */
    quantity: natural.meta({ description: 'All units of the line, also those that were dispatched or released.' }),
    fulfilled: natural.meta({ description: 'Units that have left the stock.' }),
    /** Units that were given back. */
    released: natural.meta({ description: 'Units that were given back, or that were lost.' }),
    backordered: natural.meta({ description: 'Units that the shop does not have yet.' }),
    /** Where the units are, or were taken from. Released units are not included. */
    allocations: z
      .array(allocation)
      .meta({ description: 'Where the units are, or were taken from. Released units are not included.' }),
  })
  .meta({ id: 'ReservationLine' });
export interface ReservationLine extends z.output<typeof reservedLine> {}

export const reservation = z
  .strictObject({
    reservationId,
    /** The name that the caller has given it. */
    reference: string.meta({ description: 'The name that the caller has given it.' }),
    status: reservationStatus,
    createdAt: moment,
    /** When it expires, while it is `reserved`; null: never. */
    expiresAt: moment.nullable().meta({ description: 'When it expires, while it is reserved; null: never.' }),
    version: natural,
    lines: z.array(reservedLine),
  })
  .meta({ id: 'Reservation' });
export interface Reservation extends z.output<typeof reservation> {}

import { z } from 'zod';
import { ORDER_STATUSES } from '../domain/order-states.ts';
import { RESERVATION_STATUSES } from '../domain/reservation-states.ts';
import { TRANSFER_STATUSES } from '../domain/transfer-states.ts';

/**
 * The fields of outputs and of refusals. Times are epoch milliseconds of the store's clock; quantities are whole units.
 */

export const natural = z.int().min(0);
export const quantity = z.int().min(1);
export const moment = z.int().min(0).meta({ description: 'Epoch milliseconds of the store.' });
export const shownSku = z.string().meta({ examples: ['tshirt-blue-m'] });
export const string = z.string();
/** A location other than `main`. */
export const shownLocation = z.string().exactOptional().meta({ description: 'The location. Absent: main.' });
export const holdId = z.string().meta({ examples: ['hld_-P74tBMRKLCUAhJu0hM'] });
export const orderId = z.string().meta({ examples: ['ord_-P74tBMRKLCUAhJu0hM'] });
export const orderStatus = z.enum(ORDER_STATUSES);
export const reservationId = z.string().meta({ examples: ['res_-P74tBMRKLCUAhJu0hM'] });
export const reservationStatus = z.enum(RESERVATION_STATUSES);
export const transferId = z.string().meta({ examples: ['trf_-P74tBMRKLCUAhJu0hM'] });
export const transferStatus = z.enum(TRANSFER_STATUSES);
export type { OrderStatus } from '../domain/order-states.ts';

export type { Money } from '../domain/money.ts';
export const shownMoney = z
  .strictObject({ amount: natural.meta({ description: 'Minor units.' }), currency: z.string().regex(/^[A-Z]{3}$/) })
  .meta({ id: 'Money', examples: [{ amount: 1999, currency: 'EUR' }] });

export const lostLine = z
  .strictObject({
    sku: shownSku,
    quantity: natural,
    /** When it ended. */
    at: moment,
  })
  .meta({ id: 'LostLine' });
/** A cart line that ended without an action of its shopper. */
export interface LostLine extends z.output<typeof lostLine> {}

export const shownPrice = shownMoney.exactOptional();
export const total = shownMoney.nullable().meta({ description: 'Null where a price is missing or currencies differ.' });
export const repriced = z
  .literal(true)
  .exactOptional()
  .meta({ description: 'The price changed after its first units.' });

export const allocation = z
  .strictObject({ location: z.string().meta({ examples: ['main'] }), quantity })
  .meta({ id: 'Allocation' });
/** Units of a line at one location. */
export interface Allocation extends z.output<typeof allocation> {}

/** Absent in a shop with the location `main` alone. */
export const allocations = z
  .array(allocation)
  .exactOptional()
  .meta({ description: 'Where the units are. Absent in a shop with the location `main` alone.' });

/** Units that are not on hand yet. */
export const backordered = quantity
  .exactOptional()
  .meta({ description: 'Units that are not on hand yet, if there are any.' });

export const nextCursor = z.string().exactOptional();

export interface Page<T> {
  items: T[];
  /** Opaque; absent on the last page. */
  nextCursor?: string;
}
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    items: z.array(item),
    /** Opaque; absent on the last page. */
    nextCursor,
  });

import { z } from 'zod';
import { age, customerId, id, oneOf, purgedStatus, reasoned } from './fields.ts';

/** The inputs of procedures that delete orders or deal with the data of persons. */
export const PRIVACY_INPUTS = {
  'orders.purge': z.strictObject({
    /** The status of the orders. An order that awaits its payment cannot be deleted. */
    status: purgedStatus,
    /** The least age of the orders since their creation, in milliseconds. */
    olderThanMs: age,
    ...reasoned,
  }),
  'orders.redact': oneOf(
    z.strictObject({
      /** One order. Either this or `customerId` is required. */
      orderId: id.optional(),
      /** All orders of a customer. */
      customerId: customerId.optional(),
      ...reasoned,
    }),
    'orderId',
    'customerId',
  ),
  'customers.export': z.strictObject({ customerId: customerId }),
};

type ReceivedPrivacy<P extends keyof typeof PRIVACY_INPUTS> = Omit<
  z.output<(typeof PRIVACY_INPUTS)[P]>,
  'idempotencyKey'
>;

export interface PurgeInput extends ReceivedPrivacy<'orders.purge'> {}
export interface RedactInput extends ReceivedPrivacy<'orders.redact'> {}
export interface CustomerInput extends ReceivedPrivacy<'customers.export'> {}

import { z } from 'zod';
import { TRANSFER_STATUSES } from '../../domain/transfer-states.ts';
import * as field from './fields.ts';
import { optionalInput } from './optional-input.ts';

const { id, keyed, locationId, page, reasoned, text } = field;

/** The inputs of transfers. `inputs.ts` adds them to the others. */
export const TRANSFER_INPUTS = {
  'transfers.create': z.strictObject({
    /** The location that sends the units. */
    from: locationId,
    /** The location that receives them. */
    to: locationId,
    lines: field.transferredLines,
    /** The caller's own name for it. */
    reference: text.optional(),
    ...reasoned,
  }),
  'transfers.dispatch': z.strictObject({ transferId: id, ...reasoned }),
  'transfers.receive': z.strictObject({
    transferId: id,
    /** The units that arrived, and those that are lost. The other units stay in transit. */
    lines: field.arrivedLines,
    /** Required if units are lost. */
    reason: text.optional(),
    ...keyed,
  }),
  'transfers.cancel': z.strictObject({ transferId: id, reason: text, ...keyed }),
  'transfers.get': z.strictObject({ transferId: id }),
  'transfers.list': optionalInput({
    ...page,
    status: z.enum(TRANSFER_STATUSES, { error: `must be one of ${TRANSFER_STATUSES.join(', ')}` }).optional(),
  }),
};

type ReceivedTransfer<P extends keyof typeof TRANSFER_INPUTS> = Omit<
  z.output<(typeof TRANSFER_INPUTS)[P]>,
  'idempotencyKey'
>;

export interface TransferCreateInput extends ReceivedTransfer<'transfers.create'> {}
export interface TransferDispatchInput extends ReceivedTransfer<'transfers.dispatch'> {}
export interface TransferReceiveInput extends ReceivedTransfer<'transfers.receive'> {}
export interface TransferCancelInput extends ReceivedTransfer<'transfers.cancel'> {}
export interface TransferGetInput extends ReceivedTransfer<'transfers.get'> {}
export interface TransfersListInput extends ReceivedTransfer<'transfers.list'> {}

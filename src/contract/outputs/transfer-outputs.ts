import { z } from 'zod';
import { moment, natural, quantity, shownSku, string, transferId, transferStatus } from '../output-fields.ts';

const transferLine = z
  .strictObject({
    sku: shownSku,
    /** All units of the line. */
    quantity,
    received: natural.meta({ description: 'Units that have arrived.' }),
    /** Units that were sent and did not arrive. */
    lost: natural.meta({ description: 'Units that were sent and did not arrive.' }),
  })
  .meta({ id: 'TransferLine' });
export interface TransferLine extends z.output<typeof transferLine> {}

export const transfer = z
  .strictObject({
    transferId,
    status: transferStatus,
    from: string.meta({ examples: ['main'] }),
    to: string.meta({ examples: ['berlin'] }),
    createdAt: moment,
    /** When the units left `from`. Absent: they have not. */
    dispatchedAt: moment.exactOptional().meta({ description: 'When the units left. Absent: they have not.' }),
    /** When it was received as a whole, or cancelled. */
    endedAt: moment.exactOptional().meta({ description: 'When it was received as a whole, or cancelled.' }),
    /** The name that the caller has given it. */
    reference: string.exactOptional().meta({ description: 'The name that the caller has given it.' }),
    /** The newest reason of a difference, or why it was cancelled. */
    reason: string.exactOptional().meta({ description: 'The newest reason of a difference, or why it was cancelled.' }),
    lines: z.array(transferLine),
  })
  .meta({ id: 'Transfer' });
export interface Transfer extends z.output<typeof transfer> {}

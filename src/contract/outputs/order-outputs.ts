import { z } from 'zod';
import {
  allocations,
  backordered,
  orderId,
  orderStatus,
  quantity,
  repriced,
  shownSku,
  string,
  moment,
  total,
  shownPrice,
  natural,
} from '../output-fields.ts';

const shownContact = z
  .strictObject({ name: string.optional(), email: string.optional(), phone: string.optional() })
  .meta({ id: 'Contact' });
/** How to reach the buyer. Stored with the order; only its owner and the operator can read it. */
export interface Contact extends z.output<typeof shownContact> {}

const orderLineOutput = z
  .strictObject({
    sku: shownSku,
    /** Without cancelled units. */
    quantity: natural.meta({ description: 'Without cancelled units.' }),
    /** Units that have left the stock. Absent in an unpaid order, and where all units left it at the sale. */
    fulfilled: natural.exactOptional().meta({
      description:
        'Units that have left the stock. Absent in an unpaid order, and where all units left it at the sale.',
    }),
    /** Units that are not on hand yet, if there are any. */
    backordered,
    returned: natural,
    unitPrice: shownPrice,
    /** As in the cart that was ordered. */
    repriced,
    allocations,
  })
  .meta({ id: 'OrderLine' });
export interface OrderLine extends z.output<typeof orderLineOutput> {}

export const order = z
  .strictObject({
    orderId,
    status: orderStatus,
    createdAt: moment,
    /** The `X-Request-ID` of the call that created the order. */
    requestId: string.exactOptional().meta({ description: 'The X-Request-ID of the call that created the order.' }),
    /** While the order awaits its payment: the time at which it becomes `expired`. */
    payBefore: moment.exactOptional(),
    paymentReference: string.exactOptional(),
    /** How to reach the buyer. Only the order's owner and the operator can read it. */
    contact: shownContact.exactOptional(),
    /** Units that a cancellation with `restoreCart` released, because they could not return to the cart. */
    notRestored: z.array(z.strictObject({ sku: shownSku, quantity })).exactOptional(),
    /** The tracking references of its dispatches, the oldest first. At most the last `TRACKING_REFERENCES_MAX`. */
    trackingReferences: z.array(string).exactOptional(),
    total,
    lines: z.array(orderLineOutput),
  })
  .meta({ id: 'Order' });
export interface Order extends z.output<typeof order> {}

import { z } from 'zod';
import { cartOutput } from './cart-outputs.ts';
import { order } from './order-outputs.ts';
import { moment, quantity, shownSku, string } from './output-fields.ts';

export const customerExport = z
  .strictObject({
    /** The customer's name in the store and in the ledger: a hash of the customer id. */
    customer: string.meta({ description: "The customer's name in the store and in the ledger." }),
    exportedAt: moment,
    /** Newest first, with their contacts. */
    orders: z.array(order),
    /** Carts that hold units for the customer. */
    carts: z.array(cartOutput),
    /** The units of each SKU that count toward its limit per customer. */
    counts: z.array(z.strictObject({ sku: shownSku, units: quantity })),
  })
  .meta({ id: 'CustomerExport' });
/** All that the shop knows of a customer. */
export interface CustomerExport extends z.output<typeof customerExport> {}

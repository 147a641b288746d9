import { z } from 'zod';
import { moment, string } from '../output-fields.ts';

export const shownShop = z
  .strictObject({
    shop: string.meta({ examples: ['berlin-store'] }),
    status: z.enum(['active', 'suspended']),
    /** Absent: the configuration names the shop. */
    createdAt: moment.exactOptional(),
    suspendedAt: moment.exactOptional(),
  })
  .meta({ id: 'Shop' });
/** A shop that a process with several shops serves. A suspended one answers no calls. */
export interface ShownShop extends z.output<typeof shownShop> {}

export const listedShop = z.strictObject({
  ...shownShop.shape,
  /** Whether the process that answers has opened the shop. */
  isOpen: z.boolean().meta({ description: 'Whether the process that answers has opened it.' }),
});
export interface ListedShop extends z.output<typeof listedShop> {}

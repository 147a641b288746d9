import { z } from 'zod';
import { keyed, sku, text, units } from './fields.ts';

const TAKE_FROM = ['available', 'newest_holds'] as const;

/** The inputs of changes of stock that end holds. `inputs.ts` adds them to the others. */
export const STOCK_INPUTS = {
  'stock.writeOff': z.strictObject({
    sku,
    /** Units that are damaged, lost or stolen. */
    quantity: units,
    reason: text,
    /** `available`: only units that nobody has. `newest_holds`: else also those of the newest holds, which end. */
    takeFrom: z.enum(TAKE_FROM, { error: `takes ${TAKE_FROM.join(' or ')}` }),
    ...keyed,
  }),
};

import { z } from 'zod';
import { type Reason, WIRE, wireRows } from '../../src/contract/wire-refusals.ts';

export const REASONS = Object.keys(WIRE) as Reason[];

/** Returns the schema of a REST refusal with a reason. */
export const refusalSchema = (reason: Reason) => {
  const rows = wireRows(reason);
  return z.strictObject({
    error: z.strictObject({
      code: z.literal(rows.map(({ code }) => code)),
      httpStatus: z.literal(rows.map(({ httpStatus }) => httpStatus)),
      reason: z.literal(reason),
      meta: WIRE[reason].meta as z.ZodType,
      message: z.string().meta({ description: 'For people.', examples: rows.map(({ message }) => message) }),
      requestId: z.string(),
    }),
  });
};

import { z } from 'zod';

/** Returns the schema of an input whose fields are all optional: it may be left out as a whole. */
export const optionalInput = <S extends z.ZodRawShape>(shape: S) => {
  const schema = z.strictObject(shape);
  return z.preprocess((value: z.input<typeof schema> | null | undefined | void) => value ?? {}, schema);
};

import { z } from 'zod';
import { flag, reasoned, sequence } from './fields.ts';
import { optionalInput } from './optional-input.ts';

export const RECOVERY_INPUTS = {
  'admin.loss': optionalInput({}),
  'admin.recover': z.strictObject({
    /** The last sequence that the store still has after its loss. */
    acceptSequence: sequence,
    /** Whether the lost writes that the processes still know are applied again first. */
    replay: flag.exactOptional(),
    ...reasoned,
  }),
};

import { z } from 'zod';
import { follower } from '../../contract/inputs/ledger-inputs.ts';
import { LEDGER_ENTRIES_MAX } from '../../contract/outputs/ledger-lines.ts';

const POSITION = /^\d{1,16}-\d{1,16}$/;
const LIMIT = `must be a whole number from 1 to ${LEDGER_ENTRIES_MAX}`;

const position = z.string().refine((text) => POSITION.test(text), 'must be the position of an entry, such as 6-0');

/** What `ledger.read` accepts. */
export const ledgerOptions = z.looseObject({
  after: position.optional(),
  limit: z.int(LIMIT).min(1, LIMIT).max(LEDGER_ENTRIES_MAX, LIMIT).optional(),
  follower: follower.optional(),
});

/** The schema of its query string. It refuses unknown fields. */
export const ledgerQuery = z.strictObject({
  after: position.optional(),
  limit: z
    .string()
    .refine((text) => /^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= LEDGER_ENTRIES_MAX, LIMIT)
    .transform(Number)
    .optional(),
  follower: follower.optional(),
});

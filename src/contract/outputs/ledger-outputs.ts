import { z } from 'zod';
import { moment, string } from '../output-fields.ts';

export const ledgerFollower = z.strictObject({
  follower: string,
  /** The last entry that it has; absent: none. The shop keeps all entries after it. */
  after: string.exactOptional().meta({
    description: 'The last entry that it has; absent: none. The shop keeps all entries after it.',
  }),
  /** When it read last, to the minute. */
  at: moment.meta({ description: 'When it read last, to the minute.' }),
});
/** A reader for which the shop keeps the ledger. */
export interface LedgerFollower extends z.output<typeof ledgerFollower> {}

export const ledgerFollowers = z.strictObject({ followers: z.array(ledgerFollower) });

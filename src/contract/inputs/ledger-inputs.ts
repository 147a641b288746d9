import { z } from 'zod';
import { mustBe, reasoned } from './fields.ts';

const FOLLOWER_MESSAGE = mustBe('1 to 64 letters, digits, dots, dashes and underscores');

/** The name of a reader of the ledger. */
export const follower = z.string(FOLLOWER_MESSAGE).regex(/^[A-Za-z0-9._-]{1,64}$/, FOLLOWER_MESSAGE);

export const LEDGER_INPUTS = { 'ledger.removeFollower': z.strictObject({ follower, ...reasoned }) };

type Removal = z.output<(typeof LEDGER_INPUTS)['ledger.removeFollower']>;
export interface RemoveFollowerInput extends Omit<Removal, 'idempotencyKey'> {}

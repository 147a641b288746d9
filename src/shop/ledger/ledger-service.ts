import { invalid, ok } from '../../contract/calls/call.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import type { LedgerReadOptions, LedgerService } from './ledger-api.ts';
import type { LedgerFollowers } from './ledger-followers.ts';
import { type LedgerParts, ledgerParts } from './ledger-parts.ts';

export interface LedgerServiceParts extends LedgerParts {
  followers: LedgerFollowers;
}

export function createLedgerService(parts: LedgerServiceParts): LedgerService {
  return {
    read: (options) => readLedger(parts, options),
    removeFollower: (input, call) => parts.followers.remove(input, call),
  };
}

/** Reads the ledger. A follower is noted before the first entry is read, so that its unread entries are not trimmed. */
async function readLedger(
  parts: LedgerServiceParts,
  { follower, signal = new AbortController().signal, ...given }: LedgerReadOptions = {},
): ReturnType<LedgerService['read']> {
  const { after, limit } = { after: given.after ?? null, limit: given.limit ?? Number.POSITIVE_INFINITY };
  if (after !== null && sequenceOf(after) > (await parts.read({})).sequence) {
    return invalid('after', 'is after the newest entry of this ledger: the shop is older than its reader');
  }
  const noted = follower === undefined ? ok(null) : await parts.followers.note(follower, after);
  return noted.ok ? ok(ledgerParts(parts, { after, limit, signal })) : noted;
}

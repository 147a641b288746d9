import { invalid, ok } from '../../contract/call.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import type { LedgerService } from './ledger-api.ts';
import { type LedgerParts, ledgerParts } from './ledger-parts.ts';

export function createLedgerService(parts: LedgerParts): LedgerService {
  return {
    read: async ({ after = null, limit = Number.POSITIVE_INFINITY, signal = new AbortController().signal } = {}) => {
      if (after !== null && sequenceOf(after) > (await parts.read({})).sequence) {
        return invalid('after', 'is after the newest entry of this ledger: the shop is older than its reader');
      }
      return ok(ledgerParts(parts, { after, limit, signal }));
    },
  };
}

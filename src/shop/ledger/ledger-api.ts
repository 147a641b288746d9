import type { Mutation, Result } from '../../contract/calls/call.ts';
import type { RemoveFollowerInput } from '../../contract/inputs/ledger-inputs.ts';
import type { LedgerFollower } from '../../contract/outputs/ledger-outputs.ts';
import type { LedgerLine } from '../../contract/outputs/ledger-lines.ts';

export interface LedgerReadOptions {
  /** The position of the last entry that the caller has. Absent: none. */
  after?: string | undefined;
  /** The most entries, 1 to `LEDGER_ENTRIES_MAX`. Absent: all that there are. */
  limit?: number | undefined;
  /** The name of the caller, for which the ledger is kept from now on: entries after `after` are not trimmed. */
  follower?: string | undefined;
  /** Ends the read. */
  signal?: AbortSignal | undefined;
}

export interface LedgerService {
  /**
   * Returns the ledger after an entry, in its order, with the orders that its entries concern, in parts. A part is read
   * when it is requested. The last line is `end`. Refused `invalid_input` if `after` is after the newest entry. Throws
   * `StoreError`; `closed` after the signal aborts.
   */
  read(options?: LedgerReadOptions): Promise<Result<AsyncIterable<LedgerLine[]>>>;
  /** Removes a follower, so that the ledger is not kept for it any more. An absent one is not an error. */
  removeFollower: Mutation<RemoveFollowerInput, { followers: LedgerFollower[] }>;
}

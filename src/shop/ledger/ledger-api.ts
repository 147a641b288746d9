import type { Result } from '../../contract/call.ts';
import type { LedgerLine } from '../../contract/ledger-lines.ts';

export interface LedgerReadOptions {
  /** The position of the last entry that the caller has. Absent: none. */
  after?: string | undefined;
  /** The most entries, 1 to `LEDGER_ENTRIES_MAX`. Absent: all that there are. */
  limit?: number | undefined;
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
}

import type { Cause } from './records.ts';
import type { CoreRefusal } from './refusal.ts';
import type { Step } from './steps.ts';

/** A list of steps. Either all are applied, in order and each on the result of the previous ones, or none is. */
export interface Transaction {
  /**
   * Identifies the request of one principal. A second transaction of this id is never applied. Matches `ID_PATTERN`.
   */
  id: string;
  /**
   * Hash of the procedure and its validated input. A transaction of the same id with another fingerprint is refused.
   */
  fingerprint: string;
  /** How long the request record is kept: `short` for generated ids, `long` for keys that a client chose. */
  retention: 'short' | 'long';
  /** The id was generated for this transaction, which is sent for the first time, so it needs no look-up. */
  isNew?: boolean;
  /** The time of `performance.now` from which the caller may know the id and may have repeated the call elsewhere. */
  newUntil?: number;
  /** The ids of the holds that the transaction creates were generated for it too, so they need no look-up. */
  hasNewHolds?: boolean;
  /** Kept in the request record and returned by a replay. */
  reference?: string;
  cause: Cause;
  /** 1 to `TRANSACTION_STEPS_MAX`. */
  steps: readonly Step[];
}

export interface Applied {
  status: 'applied' | 'replayed';
  sequence: number;
  at: number;
  reference: string | null;
  /** Units granted by each `reserve` and `resize` step, in the order of the steps. */
  granted: readonly number[];
  /**
   * The backordered units of the hold after each of these steps. Absent if there are none, and in a replay.
   */
  backordered?: readonly number[];
}

export type Answer =
  | Applied
  | { status: 'refused'; step: number | null; refusal: CoreRefusal }
  /** Not final: overdue holds of these SKUs remain. The caller must reclaim them and submit the transaction again. */
  | { status: 'overdue_pending'; skus: string[] }
  /** A record of the transaction cannot be decoded, or the machine has failed. Nothing was changed. */
  | { status: 'failed'; error: 'undecodable_record' | 'internal'; detail: string };

import type { Cause } from './records.ts';
import type { CoreRefusal } from './refusal.ts';
import type { Step } from './steps.ts';

/** All steps apply, in order, each seeing the ones before, or none does. */
export interface Transaction {
  /** Names the request of one principal; a second transaction of this id never applies. Matches `ID_PATTERN`. */
  id: string;
  /** Of the procedure and its validated input; another one under the same id is refused. */
  fingerprint: string;
  /** How long the request record lives: `short` for generated ids, `long` for keys that a client chose. */
  retention: 'short' | 'long';
  /** The id was generated for this transaction, which is sent for the first time: no request record has to be looked for. */
  isNew?: boolean;
  /** By `performance.now`: from then on the caller may have been given the id, and may have asked again with it elsewhere. */
  newUntil?: number;
  /** The ids of the holds that it makes were generated for it, likewise. */
  hasNewHolds?: boolean;
  /** Kept with the request record and given back on a replay. */
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
}

export type Answer =
  | Applied
  | { status: 'refused'; step: number | null; refusal: CoreRefusal }
  /** Refused for now only: overdue holds of these SKUs remain. Reclaim them, then ask again. */
  | { status: 'overdue_pending'; skus: string[] }
  /** A record that the transaction needs cannot be decoded, or the transaction made the machine fail. Nothing changed. */
  | { status: 'failed'; error: 'undecodable_record' | 'internal'; detail: string };

import type { CoreRefusal } from '../domain/refusal.ts';
import type { Transaction } from '../domain/transaction.ts';

/** Acknowledged writes that the store no longer has. Times are in epoch milliseconds. */
export interface LostWrites {
  /** The last sequence that is still there. */
  kept: number;
  /** Not all sequences between `first` and `last` need have been used: an epoch leaves a gap. */
  first: number;
  last: number;
  count: number;
  /** When the first of them was acknowledged; null where that is unknown. */
  since: number | null;
  /** When the last of them was acknowledged. */
  until: number;
}

/** The accepted loss; or a refusal with the sequence that would be accepted, null where the shop is not frozen. */
export type LossAcceptance = { accepted: LostWrites } | NotAcceptable;

export interface NotAcceptable {
  accepted: null;
  acceptable: number | null;
}

/** The answer of a store that does not freeze. */
export const NOTHING_LOST: NotAcceptable = { accepted: null, acceptable: null };

/** An acknowledged transaction, as the process that sent it remembers it. */
export interface KnownWrite {
  sequence: number;
  /** The store's time at which it was applied. */
  at: number;
  transaction: Transaction;
  /** See `Applied`. */
  granted: readonly number[];
}

/** Sequences of lost writes, both included. Not all of them need have been used. */
export interface SequenceRange {
  first: number;
  last: number;
}

/** What the processes of a frozen shop still know of its lost writes. */
export interface KnownLoss {
  loss: LostWrites;
  /** By their sequences. */
  writes: KnownWrite[];
  /** The lost sequences that no process knows any more: those of processes that have ended, and older ones. */
  unknown: SequenceRange[];
  /** When a process last added what it knows, in epoch milliseconds of the server; null for never. */
  addedAt: number | null;
  /** The server's time of this answer. */
  at: number;
  /** The shop's present sequence, which rises while a replay is under way. */
  sequence: number;
}

/** Returns the text with the positions in the ledger (`sequence-index`) replaced, where a document has any. */
export type MoveBody = (key: string, body: string, moved: (position: string) => string) => string;

/** The outcome of a known write. */
export type ReplayOutcome =
  | { status: 'restored'; sequence: number }
  | {
      status: 'refused';
      refusal: CoreRefusal;
      /** The lost write of the document that it expected to find, which was not restored. */
      needs: number | null;
    };

/** The known writes of an accepted loss, each with its outcome. */
export interface LossReplay extends Pick<KnownLoss, 'loss' | 'writes' | 'unknown'> {
  outcomes: (KnownWrite & { outcome: ReplayOutcome })[];
}

/** The replayed loss; or a refusal with the sequence that would be accepted, null where the shop is not frozen. */
export type ReplayResult = { replayed: LossReplay } | NotAcceptable;

/** The methods of a store for a shop that is frozen because acknowledged writes are missing. */
export interface LossRecovery {
  /** Whether the connections of this process have found the shop frozen. Reading it does not call the store. */
  readonly isFrozen: boolean;

  /**
   * Accepts that the store has lost the writes after sequence `kept`, and lets a frozen shop serve again. A repeated
   * call has no further effect. Rejects with `StoreError` `unavailable` or `closed`.
   */
  acceptLoss(kept: number): Promise<LossAcceptance>;

  /**
   * Returns what is known of the loss that freezes the shop, or null. Rejects with `StoreError` `unavailable` or
   * `closed`.
   */
  knownLoss(): Promise<KnownLoss | null>;

  /**
   * Applies again the known writes that the store has lost after sequence `kept`, each with its id and at its time.
   * Then accepts the loss. No other process can write meanwhile. A transaction that the machine refuses now is not
   * forced. Rejects with `StoreError`: run it again, which applies nothing twice.
   */
  replayLoss(kept: number, move: MoveBody): Promise<ReplayResult>;
}

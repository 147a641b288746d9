import type { CoreReason, CoreRefusal } from '../domain/refusal.ts';
import type { Step } from '../domain/steps.ts';
import type { Applied } from '../domain/transaction.ts';
import type { ReadRequest, Snapshot } from '../store/store.ts';
import type { Call } from '../contract/inputs.ts';
import type { Refusal, Result } from '../contract/refusals.ts';

export interface Composed<T> {
  steps: readonly Step[];
  /** The SKU whose mailbox the transaction waits in; null: the shop's own queue. */
  address: string | null;
  /** Given back on a replay, as the pointer to the effect. */
  reference?: string;
  /** For the ledger. */
  orderId?: string;
  /** The answer, where it follows from the composition alone; absent: `answer` reads it. */
  answerFromCommit?: (applied: Applied) => T;
}

/** What a composition came to, from one consistent view. */
export type Decision<T> =
  | Composed<T>
  /** Nothing is to be done; `marker` is a step without effect, to record that a caller's own key has been used. */
  | { unchanged: T; noopStep: Step }
  | { refusal: Refusal };

/** What a lane has to know of a call that has not been composed yet: as in `Composed`, and how many steps there will be. */
export interface Unread {
  address: string | null;
  steps: number;
}

export interface Effect {
  reference: string | null;
  granted: readonly number[];
}

export interface Mutation<T> {
  procedure: string;
  /** Calls that share a turn go one after the other; absent: this one waits for none. */
  lockKeys?: string | readonly string[];
  /** The validated input: with the procedure it is what an idempotency key stands for. */
  input: unknown;
  /**
   * What absent fields of the input stand for. A field with its default counts as absent, so that writing it out makes no
   * other call. It is left out rather than filled in, so that a changed setting does not change old fingerprints.
   */
  defaults?: Readonly<Record<string, unknown>> | undefined;
  call: Call;
  reason?: string | undefined;
  reference?: string | undefined;
  /**
   * Returns where a call waits that is first composed from `NOTHING_READ`, when it leaves its mailbox; null or absent: the
   * call reads and is composed before it waits. What is composed from nothing has to be refused with `conflict` where
   * something should have been read, before anything else is decided. Called once at most.
   */
  unread?: () => Unread | null;
  /**
   * Returns a view that was read before the call, to compose from at first, and null from then on; absent: there is none. What
   * is composed from it has to be refused with `conflict` where the view is out of date, as above.
   */
  optimisticSnapshot?: () => Snapshot | null;
  /** What `compose` has to see; null: nothing. */
  reads: (() => ReadRequest | Promise<ReadRequest>) | null;
  /**
   * `refused`: why the store refused what was composed before, where that meant that the view was stale; else null. `step`
   * is the step that it refused, if it was one.
   */
  compose: (view: Snapshot, refused: CoreRefusal | null, step: Step | null) => Decision<T>;
  /** Refusals of the store that mean that the view was stale: read afresh and compose again. */
  retryOn?: readonly CoreReason[];
  /** Compositions at most, where each refusal is something learnt; absent: `ATTEMPTS_MAX`. */
  attemptsMax?: number;
  /** The caller's answer once the effect is there; on a replay too, from the current state. */
  answer: (effect: Effect) => Promise<Result<T>>;
}

/** An empty snapshot: for a mutation that reads nothing, or assumes that the record does not exist. */
export const NOTHING_READ: Snapshot = {
  at: 0,
  sequence: 0,
  epochBegan: 0,
  stock: [],
  holds: [],
  documents: [],
  requests: [],
  behind: [],
  overdue: [],
  undecodable: [],
};

import type { CoreReason, CoreRefusal } from '../domain/refusal.ts';
import type { Step } from '../domain/steps.ts';
import type { Applied } from '../domain/transaction.ts';
import type { ReadRequest, Snapshot } from '../store/store.ts';
import type { Refusal, Result } from '../contract/calls/call.ts';
import type { BegunCall } from './begun-call.ts';

export interface Composed<T> {
  steps: readonly Step[];
  /** The SKU in whose mailbox the transaction waits; null for the shop queue. */
  address: string | null;
  /** Points to the effect: the id of an order or of a hold, or a SKU. It is stored, and `answer` receives it. */
  effectReference?: string;
  /** The order of the movements, for the ledger. */
  orderId?: string;
  /** Returns the answer, if it follows from the composition and the commit alone. If absent, `answer` reads it. */
  answerFromCommit?: (applied: Applied) => T;
}

/** The result of a composition from one consistent snapshot. */
export type Decision<T> =
  | Composed<T>
  /** The state is already as requested. `noopStep` has no effect; it records that the caller's own key was used. */
  | { unchanged: T; noopStep: Step }
  | { refusal: Refusal };

/** The noop step of calls without an idempotency key. It is never sent. */
export const UNSENT_STEP = { kind: 'drop', key: 'none', expect: 'any' } as const;

/** The placement of a call that is not composed yet: its mailbox, as in `Composed`, and its number of steps. */
export interface Unread {
  address: string | null;
  steps: number;
  /** The key of the stock that it takes. Default: `address`. */
  stock?: string;
}

export interface Effect {
  /** The `effectReference` of the composition that was applied. */
  reference: string | null;
  granted: readonly number[];
}

export interface MutationSpec<T> {
  procedure: string;
  /** Calls that share a key are run one after the other. If absent, the call waits for no other. */
  lockKeys?: string | readonly string[];
  /** The validated input. The fingerprint of an idempotency key is computed from the procedure and this input. */
  input: unknown;
  /**
   * The defaults of absent fields of the input. A field that has its default is left out of the fingerprint, so that an
   * explicit default is the same call. It is not filled in, so that a changed setting does not change old fingerprints.
   */
  defaults?: Readonly<Record<string, unknown>> | undefined;
  call: BegunCall;
  /** The cause of the movements, for the ledger: a reason, and a reference such as a delivery or a payment. */
  reason?: string | undefined;
  reference?: string | undefined;
  /**
   * Returns the placement of a call that is composed from `NOTHING_READ` when it leaves its mailbox. If null or absent,
   * the call reads and is composed before it waits. If a read would have been needed, the store must refuse the
   * composition with `conflict` before it decides anything else. Called at most once.
   */
  unread?: () => Unread | null;
  /**
   * Returns a snapshot that was read before the call, for the first composition, and null from then on. If the snapshot
   * is out of date, the store must refuse the composition with `conflict`, as above.
   */
  optimisticSnapshot?: () => Snapshot | null;
  /** The records that `compose` needs; null if it needs none. */
  reads: (() => ReadRequest | Promise<ReadRequest>) | null;
  /**
   * Returns the steps for a snapshot. `refused` is the refusal of the composition before, which was stale; null at
   * first. `step` is the step that was refused, if any.
   */
  compose: (view: Snapshot, refused: CoreRefusal | null, step: Step | null) => Decision<T>;
  /** Refusals of the store that show a stale snapshot, besides `conflict`. The call reads and composes again. */
  retryOn?: readonly CoreReason[];
  /** The most compositions, for a call that learns from each refusal. Default: `COMPOSITIONS_MAX`. */
  attemptsMax?: number | undefined;
  /** Returns the caller's answer after the effect, from the current state. Also called for a replay. */
  answer: (effect: Effect) => Promise<Result<T>>;
  /** Called with the answer of a call that was not refused, even if its caller no longer waits. It must not throw. */
  succeeded?: (answer: T) => void;
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

import type { Context } from '@opentelemetry/api';
import type { Party } from '../actor/fair-queue.ts';
import type { ListNode } from '../actor/linked-list.ts';
import { AnswersMismatch } from '../actor/batcher-errors.ts';
import type { Connection, QueueEntry } from '../actor/batcher-options.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Answer, Transaction } from '../domain/transaction.ts';
import { StoreError } from '../store/store.ts';
import { OutcomeUnknown, type Result } from '../contract/calls/call.ts';
import type { Ids } from './documents/ids.ts';
import { generatedKey, type Identity, callIdentity, transactionOf } from './call-transaction.ts';
import { type Composed, type MutationSpec, NOTHING_READ } from './mutation.ts';
import { Deadline, type TimedCall } from './call-deadlines.ts';
import { asStoreError } from './store-errors.ts';
import { lockOrder } from './keyed-mutex.ts';
import { STEP_BYTES } from './composed-steps.ts';
import { type OpenSpan, traceparentOf, type TracedCall, type Tracing } from './tracing.ts';

/** The payload of a batch's item. */
export interface Sendable extends TracedCall {
  /** Returns the transaction; null if the call cannot be composed without a read. Does not throw. */
  prepare(): Transaction | null;
}

/** Receives the events of a call. No method throws. */
export interface CallOwner {
  readonly runtime: Pick<Runtime, 'nowMs'>;
  readonly ids: Ids;
  /** Called with the store's answer to a call that waited uncomposed. */
  answered<T>(call: ServiceCall<T>, answer: Answer): void;
  /** Called when the call's work has ended, whether or not its caller still waited. */
  ended<T>(call: ServiceCall<T>): void;
}

/**
 * A call from its start to its answer. While a SKU is in demand, thousands of calls wait, and each garbage collection
 * copies their memory. So a call is one object with one promise. Its ids, steps and transaction are created when it
 * leaves its mailbox.
 */
export class ServiceCall<T> extends Deadline implements TimedCall, QueueEntry<Sendable, Answer>, Sendable {
  readonly mutation: MutationSpec<T>;
  readonly lockKeys: readonly string[];
  locksHeld = 0;
  /** Whether the call has had an effect, or may have had one, or may still have one. */
  mayHaveEffect = false;
  place: ListNode<TimedCall> | null = null;
  address: string | null = null;
  steps = 0;
  since = 0;
  trace: Context | null = null;
  #span: OpenSpan | null = null;
  readonly #owner: CallOwner;
  readonly #resolve: (result: Result<T>) => void;
  readonly #reject: (error: unknown) => void;
  #composed: Composed<T> | null = null;
  #key: string | null = null;
  #identity: Identity | null = null;
  #transaction: Transaction | null = null;

  /** `resolve` and `reject` settle the caller's promise. */
  constructor(
    mutation: MutationSpec<T>,
    { owner, durationMs }: { owner: CallOwner; durationMs: number },
    resolve: (result: Result<T>) => void,
    reject: (error: unknown) => void,
  ) {
    super(owner.runtime, durationMs, mutation.call.beganMs);
    this.mutation = mutation;
    this.lockKeys = lockOrder(mutation.lockKeys);
    this.#owner = owner;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Makes the call a part of its caller's span. A caller in this process has none, so the call gets its own. */
  traceBy(tracing: Tracing): void {
    const { procedure, call } = this.mutation;
    if (!call.caller.trace) this.#span = tracing.call(procedure, call.caller.requestId);
    this.trace = call.caller.trace ?? this.#span?.context ?? null;
  }

  /** Notes that the call waits now, for its trace. The batcher does so for a call that is queued uncomposed. */
  queued(address: string | null): void {
    this.address = address;
    this.since = this.nowMs();
  }

  /** The caller's idempotency key, or one that is generated. */
  get key(): string {
    this.#key ??= this.mutation.call.idempotencyKey ?? generatedKey(this.#owner.ids);
    return this.#key;
  }

  /** The call's identity. Throws if the input cannot be written as JSON (for example, a BigInt). */
  get identity(): Identity {
    this.#identity ??= callIdentity(this.mutation, this.key);
    return this.#identity;
  }

  get composed(): Composed<T> | null {
    return this.#composed;
  }

  set composed(composed: Composed<T> | null) {
    this.#composed = composed;
    this.#transaction = null;
  }

  get payload(): Sendable {
    return this;
  }

  get bytes(): number {
    return this.steps * STEP_BYTES;
  }

  get connection(): Connection | undefined {
    return this.mutation.call.caller.connection;
  }

  get party(): Party {
    const { client, connection } = this.mutation.call.caller;
    return client ?? connection;
  }

  prepare(): Transaction | null {
    try {
      this.#composed ??= this.#composeUnread();
      if (this.#composed) this.#transaction ??= transactionOf(this, this.#composed, traceparentOf(this.trace));
      return this.#transaction;
    } catch {
      // The call is composed again after a read, and then fails with the same error.
      return null;
    }
  }

  /** Called by the batcher. */
  resolve(answer: Answer): void {
    this.#owner.answered(this, answer);
  }

  /** Called by the batcher. */
  reject(error: unknown): void {
    this.fail(error);
  }

  /** Answers the caller. Has no effect on a caller whose call has timed out. */
  succeed(result: Result<T>): void {
    if (result.ok) this.mutation.succeeded?.(result.value);
    this.#resolve(result);
    this.#span?.end(result.ok ? {} : { 'holdfast.refusal': result.refusal.reason });
    this.#owner.ended(this);
  }

  fail(error: unknown): void {
    this.#reject(this.#failureOf(error));
    this.#span?.fail(error);
    this.#owner.ended(this);
  }

  timeOut(): void {
    const late = this.mayHaveEffect
      ? new OutcomeUnknown(this.key)
      : new StoreError('unavailable', 'gave up in time: the call waited for its lock, or for the store');
    this.#reject(late);
  }

  #composeUnread(): Composed<T> | null {
    const decision = this.mutation.compose(NOTHING_READ, null, null);
    return 'steps' in decision ? decision : null;
  }

  #failureOf(error: unknown): unknown {
    const isUnknown = error instanceof StoreError && error.fault === 'outcome_unknown';
    if (isUnknown || error instanceof AnswersMismatch) return new OutcomeUnknown(this.key, { cause: error });
    return asStoreError(error);
  }
}

import type { ListNode } from '../actor/linked-list.ts';
import { AnswersMismatch, BatcherClosed, QueueTimeout } from '../actor/batcher-errors.ts';
import type { Connection, QueueEntry } from '../actor/batcher-options.ts';
import type { Answer, Transaction } from '../domain/transaction.ts';
import { StoreError } from '../store/store.ts';
import { OutcomeUnknown } from '../contract/failures.ts';
import { generatedKey, type Identity, callIdentity, transactionOf } from './call-transaction.ts';
import { type Composed, type Mutation, NOTHING_READ } from './mutation.ts';
import type { Result } from '../contract/refusals.ts';
import { Deadline, type TimedCall } from './call-deadlines.ts';
import { lockOrder } from './keyed-mutex.ts';

/** An estimate that is good enough to bound a batch. */
export const STEP_BYTES = 160;

/** What a lane sends. */
export interface Sendable {
  /** Returns the transaction; null where the call cannot be composed without reading. Does not throw. */
  prepare(): Transaction | null;
}

/** What a call reports to. Neither method throws. */
export interface CallOwner {
  now(): number;
  /** A call that waited without having been composed has its answer. */
  answered<T>(call: ServiceCall<T>, answer: Answer): void;
  /** The call's work has ended, whether or not its caller still waited. */
  ended<T>(call: ServiceCall<T>): void;
}

/**
 * A call from its beginning to the answer of its caller. Thousands of them wait while a SKU is in demand, and each scavenge
 * copies what they keep. So a call is one object with one promise, and its names, steps and transaction are made when it
 * leaves its mailbox.
 */
export class ServiceCall<T> extends Deadline implements TimedCall, QueueEntry<Sendable, Answer>, Sendable {
  readonly mutation: Mutation<T>;
  readonly lockKeys: readonly string[];
  locksHeld = 0;
  /** It has had its effect, or may have had it, or may have it still. */
  mayHaveEffect = false;
  place: ListNode<TimedCall> | null = null;
  address: string | null = null;
  steps = 0;
  since = 0;
  readonly #owner: CallOwner;
  readonly #resolve: (result: Result<T>) => void;
  readonly #reject: (error: unknown) => void;
  #composed: Composed<T> | null = null;
  #key: string | null = null;
  #identity: Identity | null = null;
  #transaction: Transaction | null = null;

  /** `resolve` and `reject` settle the caller's promise. */
  constructor(
    mutation: Mutation<T>,
    { owner, durationMs }: { owner: CallOwner; durationMs: number },
    resolve: (result: Result<T>) => void,
    reject: (error: unknown) => void,
  ) {
    super(durationMs);
    this.mutation = mutation;
    this.lockKeys = lockOrder(mutation.lockKeys);
    this.#owner = owner;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** The caller's idempotency key, or one that is generated. */
  get key(): string {
    this.#key ??= this.mutation.call.idempotencyKey ?? generatedKey(this.#owner.now());
    return this.#key;
  }

  /** Throws where the input cannot be written as JSON, such as a BigInt. */
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

  prepare(): Transaction | null {
    try {
      this.#composed ??= this.#composeUnread();
      if (this.#composed) this.#transaction ??= transactionOf(this.mutation, this.identity, this.endMs, this.#composed);
      return this.#transaction;
    } catch {
      // It is composed again after a read, and fails there with whatever has been thrown.
      return null;
    }
  }

  /** Called by the lane. */
  resolve(answer: Answer): void {
    this.#owner.answered(this, answer);
  }

  /** Called by the lane. */
  reject(error: unknown): void {
    this.fail(error);
  }

  /** Answers the caller, who may have been answered before that it is late. */
  succeed(result: Result<T>): void {
    this.#resolve(result);
    this.#owner.ended(this);
  }

  fail(error: unknown): void {
    this.#reject(this.#failureOf(error));
    this.#owner.ended(this);
  }

  timeOut(): void {
    const late = this.mayHaveEffect
      ? new OutcomeUnknown(this.key)
      : new StoreError('unavailable', 'gave up in time: the call waited for its turn, or for the store');
    this.#reject(late);
  }

  #composeUnread(): Composed<T> | null {
    const decision = this.mutation.compose(NOTHING_READ, null, null);
    return 'steps' in decision ? decision : null;
  }

  #failureOf(error: unknown): unknown {
    const isUnknown = error instanceof StoreError && error.fault === 'outcome_unknown';
    if (isUnknown || error instanceof AnswersMismatch) return new OutcomeUnknown(this.key, { cause: error });
    if (error instanceof QueueTimeout) return new StoreError('unavailable', error.message, { cause: error });
    if (error instanceof BatcherClosed) return new StoreError('closed', error.message, { cause: error });
    return error;
  }
}

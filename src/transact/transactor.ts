import { Batcher } from '../actor/batcher.ts';
import { Abandoned, AnswersMismatch, Overloaded } from '../actor/batcher-errors.ts';
import type { BatcherLimits } from '../actor/batcher-limits.ts';
import type { BatcherStats } from '../actor/batcher-options.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { CoreRefusal } from '../domain/refusal.ts';
import type { Step } from '../domain/steps.ts';
import type { Answer, Transaction } from '../domain/transaction.ts';
import { type BatchResult, type ReadRequest, type Snapshot, type Store, StoreError } from '../store/store.ts';
import { confirmed } from './confirmed.ts';
import { wireRefusal } from './core-refusals.ts';
import {
  type Caller,
  isShopper,
  OutcomeUnknown,
  ServiceFailure,
  StoreIsFull,
  ok,
  type Refusal,
  type Result,
  refuse,
} from '../contract/calls/call.ts';
import { type Effect, type MutationSpec, NOTHING_READ } from './mutation.ts';
import type { Reclaimer } from './reclaimer.ts';
import { CallWaits } from './begun-call.ts';
import { CallDeadlines } from './call-deadlines.ts';
import { countEnds, sizeOfSteps, UNCOMPOSED, withoutEffect } from './composed-steps.ts';
import { type CallOwner, type Sendable, ServiceCall } from './service-call.ts';
import type { Tracing } from './tracing.ts';
import type { Ids } from './documents/ids.ts';
import { KeyedMutex } from './keyed-mutex.ts';

/** Compositions before a `conflict` is returned to the caller. */
const COMPOSITIONS_MAX = 12;

interface TransactorOptions {
  store: Store;
  read: (request: ReadRequest) => Promise<Snapshot>;
  reclaimer: Reclaimer;
  /** Called with the result of every batch, which has the time at which the next hold is due, and with the batch. */
  onBatch: (result: BatchResult, transactions: readonly Transaction[]) => void;
  callDeadlineMs: number;
  /** Returns a refusal of the store as the caller may see it. Absent: unchanged. */
  shownRefusal?: (refusal: Refusal, caller: Caller) => Refusal;
  /** Whether writes of shoppers are refused. Absent: they never are. */
  isFull?: () => boolean;
  batcherLimits?: Partial<BatcherLimits>;
  /** Null: no spans are recorded. */
  tracing: Tracing | null;
  runtime: Runtime;
  ids: Ids;
}

/** Runs mutations so that each has exactly one effect: identifies a call, submits its transaction and retries it. */
export class Transactor implements CallOwner {
  readonly #options: TransactorOptions;
  readonly #batcher: Batcher<Sendable, Answer>;
  readonly #locks = new KeyedMutex();
  readonly #calls: CallDeadlines;
  readonly waits: CallWaits;
  /** `holdsSold` and `holdsReleased` are the holds that calls of this process have ended. */
  readonly counts = { conflictsRetried: 0, replays: 0, holdsSold: 0, holdsReleased: 0 };

  constructor(options: TransactorOptions) {
    this.#options = options;
    this.#calls = new CallDeadlines(options.runtime);
    this.waits = new CallWaits(options.runtime, options.callDeadlineMs);
    const { store, batcherLimits, runtime } = options;
    this.#batcher = new Batcher<Sendable, Answer>({
      send: (calls) => this.#send(calls),
      splitOn: (error) => error instanceof StoreError && error.fault === 'batch_failed',
      limits: {
        batchItemsMax: store.supports.batchItems,
        stormItemsMax: store.supports.stormItems,
        batchMsMax: store.supports.batchMs ?? Infinity,
        ...batcherLimits,
      },
      runtime,
    });
  }

  /**
   * Reads, composes, applies and answers a mutation within `callDeadlineMs`, which includes the wait for its locks, and
   * earlier `waits`. Rejects with `StoreIsFull`, `Overloaded` or `StoreError` (no effect), `OutcomeUnknown`, or
   * `ServiceFailure` (an undecodable record, or a bug).
   */
  run<T>(mutation: MutationSpec<T>): Promise<Result<T>> {
    if (this.#options.isFull?.() && isShopper(mutation.call.caller)) return Promise.reject(new StoreIsFull());
    return new Promise((resolve, reject) => {
      const given = { owner: this, durationMs: this.#options.callDeadlineMs };
      const call = new ServiceCall(mutation, given, resolve, reject);
      if (this.#options.tracing) call.traceBy(this.#options.tracing);
      this.#calls.begin(call);
      this.#begin(call);
    });
  }

  get runtime(): Runtime {
    return this.#options.runtime;
  }

  get ids(): Ids {
    return this.#options.ids;
  }

  answered<T>(call: ServiceCall<T>, answer: Answer): void {
    let result: Result<T> | null;
    try {
      result = this.#resultOf(call, answer);
    } catch (error) {
      return call.fail(error);
    }
    if (result) call.succeed(result);
    else this.#goOn(call, answer);
  }

  ended<T>(call: ServiceCall<T>): void {
    this.#calls.end(call);
    for (const key of call.lockKeys.slice(0, call.locksHeld)) this.#locks.release(key);
  }

  /** Acquires the call's locks, one after the other, and then does its work. */
  #begin<T>(call: ServiceCall<T>): void {
    try {
      const turn = call.lockKeys[call.locksHeld];
      if (turn === undefined) return this.#work(call);
      this.#locks.acquire(turn, () => {
        call.locksHeld += 1;
        this.#begin(call);
      });
    } catch (error) {
      call.fail(error);
    }
  }

  /** A call that needs no read is queued uncomposed. All others read and compose first. */
  #work<T>(call: ServiceCall<T>): void {
    this.#demandWanted(call);
    const unread = call.mutation.unread?.() ?? null;
    if (!unread) return this.#goOn(call, null);
    call.address = unread.address;
    call.steps = unread.steps;
    call.mayHaveEffect = true;
    const stock = unread.stock ?? unread.address;
    if (stock !== null) this.#options.store.foresee?.([{ sku: stock }]);
    this.#batcher.enter(call);
  }

  #goOn<T>(call: ServiceCall<T>, answer: Answer | null): void {
    this.#run(call, answer).then(
      (result) => call.succeed(result),
      (error: unknown) => call.fail(error),
    );
  }

  /** `unread` is the answer to the composition without a read; null if there was none. */
  async #run<T>(call: ServiceCall<T>, unread: Answer | null): Promise<Result<T>> {
    const { mutation } = call;
    let refused: CoreRefusal | null = null;
    let step: Step | null = null;
    let answer = unread;
    for (let attempt = 1; ; attempt += 1) {
      if (!answer) {
        const settled = await this.#compose(call, refused, step);
        if (settled) return settled;
        // There is no extra promise in between, because thousands of calls wait here while a SKU is in demand.
        answer = await this.#submit(call);
      }
      while (answer.status === 'overdue_pending') answer = await this.#submitAfterReclaim(call, answer.skus);
      const result = this.#resultOf(call, answer);
      if (result) return result;
      if (answer.status === 'failed') throw new ServiceFailure(`${answer.error}: ${answer.detail}`);
      if (answer.status !== 'refused') return this.#answer(call, answer, answer.status === 'replayed');
      if (attempt >= (mutation.attemptsMax ?? COMPOSITIONS_MAX)) return refuse({ reason: 'conflict', meta: {} });
      refused = answer.refusal;
      step = answer.step === null ? null : (call.composed?.steps[answer.step] ?? null);
      answer = null;
      call.mayHaveEffect = false;
      this.counts.conflictsRetried += 1;
    }
  }

  /** Returns the caller's answer if it follows from the store's answer alone; else null. */
  #resultOf<T>(call: ServiceCall<T>, answer: Answer): Result<T> | null {
    if (answer.status === 'applied' && call.composed?.answerFromCommit)
      return ok(call.composed.answerFromCommit(answer));
    if (answer.status !== 'refused') return null;
    const { refusal } = answer;
    const isStale = refusal.reason === 'conflict' || call.mutation.retryOn?.includes(refusal.reason);
    if (isStale) return null;
    return this.#refuse(call, wireRefusal(refusal, call.key));
  }

  #refuse<T>(call: ServiceCall<T>, refusal: Refusal): Result<T> {
    return refuse(this.#options.shownRefusal?.(refusal, call.mutation.call.caller) ?? refusal);
  }

  /** Reads and composes. Returns the caller's answer, or null if the call has to be submitted. */
  async #compose<T>(call: ServiceCall<T>, refused: CoreRefusal | null, step: Step | null): Promise<Result<T> | null> {
    this.#demandWanted(call);
    const { mutation, identity } = call;
    const ahead = mutation.optimisticSnapshot?.() ?? null;
    const view = ahead ?? (mutation.reads ? await this.#view(call) : NOTHING_READ);
    const known = view.requests.at(-1);
    if (known && known.fingerprint !== identity.fingerprint) {
      return refuse({ reason: 'idempotency_mismatch', meta: { idempotencyKey: call.key } });
    }
    const { store } = this.#options;
    if (known) return confirmed(store, call.key, () => this.#answer(call, known, true));
    const decision = mutation.compose(view, refused, step);
    if (ahead && !('steps' in decision)) return this.#compose(call, refused, step);
    if ('refusal' in decision) return this.#refuse(call, decision.refusal);
    if ('unchanged' in decision && mutation.call.idempotencyKey === undefined)
      return confirmed(store, call.key, () => ok(decision.unchanged));
    call.composed = 'unchanged' in decision ? withoutEffect(decision) : decision;
    return null;
  }

  /** Throws if the call has timed out, or if its connection is closed. */
  #demandWanted<T>(call: ServiceCall<T>): void {
    call.check('the lock came late, or the records kept changing');
    if (call.connection?.destroyed) throw new Abandoned();
  }

  async #send(calls: readonly Sendable[]): Promise<readonly Answer[]> {
    const { store, onBatch, tracing } = this.#options;
    const span = tracing?.batch(calls);
    const prepared = calls.map((call) => call.prepare());
    const transactions = prepared.filter((transaction) => transaction !== null);
    const applying = store.apply(transactions);
    const result = await (tracing && span ? tracing.applying(span, applying) : applying);
    onBatch(result, transactions);
    countEnds(this.counts, transactions, result.answers);
    if (transactions.length === calls.length) return result.answers;
    if (transactions.length !== result.answers.length) throw new AnswersMismatch(transactions.length, result.answers);
    let next = 0;
    return prepared.map((transaction) => (transaction ? result.answers[next++] : null) ?? UNCOMPOSED);
  }

  stats(): BatcherStats {
    return this.#batcher.stats();
  }

  /** Stops accepting calls, and resolves when all calls have been answered. Idempotent. */
  async close(): Promise<void> {
    await this.#batcher.close();
    await this.#calls.ended();
  }

  /** Looks up the request record only of a caller's own key, because a generated key cannot have been used before. */
  async #view<T>({ mutation, identity: { id }, trace }: ServiceCall<T>): Promise<Snapshot> {
    const request = (await mutation.reads?.()) ?? {};
    const isGenerated = mutation.call.idempotencyKey === undefined;
    const reading = this.#options.read(isGenerated ? request : { ...request, requests: [id] });
    const view = await (trace && this.#options.tracing ? this.#options.tracing.reading(trace, reading) : reading);
    if (view.undecodable.includes(`request:${id}`)) throw new ServiceFailure('a request record cannot be decoded');
    return view;
  }

  #submit<T>(call: ServiceCall<T>): Promise<Answer> {
    call.check('the read came late, or overdue holds remain');
    call.mayHaveEffect = true;
    const { steps = [], address = null } = call.composed ?? {};
    this.#options.store.foresee?.(steps);
    if (this.#options.tracing) call.queued(address);
    return this.#batcher.submit({
      payload: call,
      address,
      steps: steps.length,
      bytes: sizeOfSteps(steps),
      connection: call.connection,
      party: call.party,
    });
  }

  async #submitAfterReclaim<T>(call: ServiceCall<T>, skus: readonly string[]): Promise<Answer> {
    call.mayHaveEffect = false;
    await this.#options.reclaimer.reclaim(skus);
    return this.#submit(call);
  }

  /** The effect has happened, so a failure to answer is reported as `OutcomeUnknown`. */
  async #answer<T>(call: ServiceCall<T>, effect: Effect, replayed: boolean): Promise<Result<T>> {
    call.mayHaveEffect = true;
    if (replayed) this.counts.replays += 1;
    try {
      return await call.mutation.answer(effect);
    } catch (error) {
      const isOutage = error instanceof StoreError || error instanceof Overloaded;
      throw isOutage ? new OutcomeUnknown(call.key, { cause: error }) : error;
    }
  }
}

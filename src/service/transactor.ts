import { Lane } from '../actor/lane.ts';
import { Abandoned, AnswersMismatch, LaneClosed, Overloaded, WaitedTooLong } from '../actor/lane-errors.ts';
import type { LaneLimits } from '../actor/lane-limits.ts';
import type { LaneItem, LaneStats } from '../actor/lane-options.ts';
import type { Cause } from '../domain/records.ts';
import type { CoreRefusal } from '../domain/refusal.ts';
import type { Step } from '../domain/steps.ts';
import type { Answer, Transaction } from '../domain/transaction.ts';
import { type BatchResult, type ReadRequest, type Snapshot, type Store, StoreError } from '../store/store.ts';
import { Deadline } from './deadline.ts';
import { OutcomeUnknown, ServiceFailure } from './failures.ts';
import { canonicalJson, newId, requestId, shortHash } from './ids.ts';
import { type Composed, type Effect, type Mutation, NOTHING_READ } from './mutation.ts';
import { ok, type Result, refuse } from './refusals.ts';
import type { Reclaimer } from './reclaimer.ts';
import { RunningCalls } from './running-calls.ts';
import { wireRefusal } from './core-refusals.ts';
import { Turns } from './turns.ts';

/** Fresh reads after a `conflict` before the caller is told of it. */
const ATTEMPTS_MAX = 12;
const STEP_BYTES = 160;
/** How keys begin that no person or system chose: ours, and those of the client in src/client. */
const GENERATED_KEY = 'gen_';

/** How far a call has come, and until when it may go on. */
class Progress extends Deadline {
  readonly identity: Identity;
  /** It has had its effect, or may have had it, or may have it still. */
  mayHaveEffect = false;

  constructor(identity: Identity, durationMs: number) {
    super(durationMs);
    this.identity = identity;
  }

  late(): Error {
    return this.mayHaveEffect
      ? new OutcomeUnknown(this.identity.key)
      : new StoreError('unavailable', 'gave up in time: the call waited for its turn, or for the store');
  }

  failure(error: unknown): unknown {
    return failureOf(error, this.identity.key);
  }
}

interface Identity {
  id: string;
  fingerprint: string;
  key: string;
  retention: Transaction['retention'];
}

export interface TransactorOptions {
  store: Store;
  read: (request: ReadRequest) => Promise<Snapshot>;
  reclaimer: Reclaimer;
  /** Told of every batch: it says when the next hold is due. */
  onBatch: (result: BatchResult) => void;
  callDeadlineMs: number;
  laneLimits?: Partial<LaneLimits>;
  now: () => number;
}

/** Turns a composition into exactly one effect: names it, submits it, and asks again where that is called for. */
export class Transactor {
  readonly #options: TransactorOptions;
  readonly #lane: Lane<Transaction, Answer>;
  readonly #turns = new Turns();
  readonly #calls = new RunningCalls();
  readonly counts = { conflictsRetried: 0, replays: 0 };

  constructor(options: TransactorOptions) {
    this.#options = options;
    const { store, onBatch, laneLimits } = options;
    this.#lane = new Lane<Transaction, Answer>({
      send: async (transactions) => {
        const result = await store.apply(transactions);
        onBatch(result);
        return result.answers;
      },
      splitOn: (error) => error instanceof StoreError && error.fault === 'batch_failed',
      limits: {
        batchItemsMax: store.supports.batchItems,
        stormItemsMax: store.supports.stormItems,
        batchMsMax: store.supports.batchMs ?? Infinity,
        ...laneLimits,
      },
    });
  }

  /**
   * Reads, composes, applies and answers, the wait for its turn included within `callDeadlineMs`. Throws `Overloaded`,
   * `StoreError` (nothing happened), `OutcomeUnknown` and `ServiceFailure` (a record cannot be decoded, or a bug).
   */
  run<T>(mutation: Mutation<T>): Promise<Result<T>> {
    let identity: Identity;
    try {
      identity = this.#identify(mutation);
    } catch (error) {
      // An input that cannot be told in JSON, such as a BigInt: whoever calls in process has to see it as any other failure.
      return Promise.reject(error);
    }
    const progress = new Progress(identity, this.#options.callDeadlineMs);
    return this.#calls.bound(progress, this.#inTurn(mutation, progress));
  }

  #inTurn<T>(mutation: Mutation<T>, progress: Progress): Promise<Result<T>> {
    const { turn } = mutation;
    if (turn === undefined) return this.#run(mutation, progress);
    return this.#turns.takeAll(typeof turn === 'string' ? [turn] : turn, () => this.#run(mutation, progress));
  }

  async #run<T>(mutation: Mutation<T>, progress: Progress): Promise<Result<T>> {
    const { identity } = progress;
    let refused: CoreRefusal | null = null;
    let step: Step | null = null;
    for (let attempt = 1; ; attempt += 1) {
      progress.check('the turn came late, or the view kept changing');
      if (mutation.call.caller.connection?.destroyed) throw new Abandoned();
      const guess = attempt === 1 ? (mutation.guess?.() ?? null) : null;
      const view = guess ?? (mutation.reads ? await this.#view(mutation.reads, mutation.call, identity) : NOTHING_READ);
      const known = view.requests.at(-1);
      if (known && known.fingerprint !== identity.fingerprint) return refuseMismatch(identity);
      if (known) return this.#answer(mutation, progress, known, true);
      const decision = mutation.compose(view, refused, step);
      if (guess && !('steps' in decision)) continue;
      if ('refusal' in decision) return refuse(decision.refusal);
      if ('unchanged' in decision && mutation.call.idempotencyKey === undefined) return ok(decision.unchanged);
      const composed = 'unchanged' in decision ? markerOf(decision) : decision;
      const item = itemOf(mutation, progress, composed);
      // Without a promise of its own in between: while a SKU is in demand, thousands wait here.
      let answer = await this.#submit(item, progress);
      while (answer.status === 'behind') answer = await this.#submitAfterReclaim(item, answer.skus, progress);
      progress.mayHaveEffect = answer.status === 'applied' || answer.status === 'replayed';
      if (answer.status === 'failed') throw new ServiceFailure(`${answer.error}: ${answer.detail}`);
      if (answer.status === 'applied' && composed.after) return ok(composed.after(answer));
      if (answer.status !== 'refused') return this.#answer(mutation, progress, answer, answer.status === 'replayed');
      const isStale = answer.refusal.reason === 'conflict' || mutation.stale?.includes(answer.refusal.reason);
      if (!isStale) return refuse(wireRefusal(answer.refusal, identity.key));
      if (attempt >= (mutation.attemptsMax ?? ATTEMPTS_MAX)) return refuse({ reason: 'conflict', meta: {} });
      refused = answer.refusal;
      step = answer.step === null ? null : (composed.steps[answer.step] ?? null);
      this.counts.conflictsRetried += 1;
    }
  }

  stats(): LaneStats {
    return this.#lane.stats();
  }

  /** Takes nothing more in, and resolves when all calls have been answered. Idempotent. */
  async close(): Promise<void> {
    await this.#lane.close();
    await this.#calls.ended();
  }

  #identify({ procedure, input, defaults, call }: Mutation<unknown>): Identity {
    const { caller, idempotencyKey } = call;
    const key = idempotencyKey ?? newId(GENERATED_KEY, this.#options.now());
    return {
      id: requestId(caller.principal, key),
      fingerprint: shortHash(procedure, canonicalJson(input, defaults)),
      key,
      // Our client names its calls too, each once: a day's worth of their records would be kept for nobody.
      retention: key.startsWith(GENERATED_KEY) ? 'short' : 'long',
    };
  }

  /** A generated key cannot have been used before, so only a caller's own is looked up. */
  async #view(
    reads: NonNullable<Mutation<unknown>['reads']>,
    { idempotencyKey }: Mutation<unknown>['call'],
    { id }: Identity,
  ): Promise<Snapshot> {
    const request = await reads();
    const view = await this.#options.read(idempotencyKey === undefined ? request : { ...request, requests: [id] });
    if (view.undecodable.includes(`request:${id}`)) throw new ServiceFailure('a request record cannot be decoded');
    return view;
  }

  #submit(item: LaneItem<Transaction>, progress: Progress): Promise<Answer> {
    progress.check('the view came late, or overdue holds remain');
    progress.mayHaveEffect = true;
    return this.#lane.submit(item);
  }

  async #submitAfterReclaim(item: LaneItem<Transaction>, skus: readonly string[], progress: Progress): Promise<Answer> {
    progress.mayHaveEffect = false;
    await this.#options.reclaimer.reclaim(skus);
    return this.#submit(item, progress);
  }

  /** From here on the effect is there: a failure to answer must not look like a failure to act. */
  async #answer<T>(mutation: Mutation<T>, progress: Progress, effect: Effect, replayed: boolean): Promise<Result<T>> {
    progress.mayHaveEffect = true;
    if (replayed) this.counts.replays += 1;
    try {
      return await mutation.answer(effect);
    } catch (error) {
      const isOutage = error instanceof StoreError || error instanceof Overloaded;
      throw isOutage ? new OutcomeUnknown(progress.identity.key, { cause: error }) : error;
    }
  }
}

/** What was found unchanged is answered as it was found: it is of the view that the marker was composed from. */
const markerOf = <T>({ unchanged, marker }: { unchanged: T; marker: Step }): Composed<T> => ({
  steps: [marker],
  address: null,
  after: () => unchanged,
});

function refuseMismatch({ key }: Identity): Result<never> {
  return refuse({ reason: 'idempotency_mismatch', meta: { idempotencyKey: key } });
}

function itemOf(mutation: Mutation<unknown>, progress: Progress, composed: Composed<unknown>): LaneItem<Transaction> {
  const { steps, address } = composed;
  return {
    payload: transactionOf(mutation, progress, composed),
    address,
    steps: steps.length,
    bytes: bytesOf(steps),
    connection: mutation.call.caller.connection,
  };
}

function transactionOf(
  { call, reason, reference: causeReference }: Mutation<unknown>,
  { identity: { id, fingerprint, retention }, endMs }: Progress,
  { steps, reference, orderId }: Composed<unknown>,
): Transaction {
  const cause: Cause = { by: call.caller.principal };
  if (reason !== undefined) cause.reason = reason;
  if (causeReference !== undefined) cause.reference = causeReference;
  if (orderId !== undefined) cause.orderId = orderId;
  const isNew = call.idempotencyKey === undefined;
  const made = { isNew, newUntil: endMs, hasNewHolds: true };
  const transaction: Transaction = { id, fingerprint, retention, ...made, cause, steps };
  if (reference !== undefined) transaction.reference = reference;
  return transaction;
}

/** An estimate that is good enough to bound a batch. */
function bytesOf(steps: readonly Step[]): number {
  let bytes = 0;
  for (const step of steps) bytes += STEP_BYTES + (step.kind === 'put' ? (step.body?.length ?? 0) : 0);
  return bytes;
}

function failureOf(error: unknown, key: string): unknown {
  if (error instanceof StoreError && error.fault === 'outcome_unknown')
    return new OutcomeUnknown(key, { cause: error });
  if (error instanceof AnswersMismatch) return new OutcomeUnknown(key, { cause: error });
  if (error instanceof WaitedTooLong) return new StoreError('unavailable', error.message, { cause: error });
  if (error instanceof LaneClosed) return new StoreError('closed', error.message, { cause: error });
  return error;
}

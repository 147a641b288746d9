import { BatcherError } from '../../src/actor/batcher-errors.ts';
import { type Call, type Caller, OutcomeUnknown, type Result } from '../../src/contract/calls/call.ts';
import type { LedgerEntry, Movement, MovementKind } from '../../src/domain/records.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { StoreError } from '../../src/store/store.ts';
import { CALL_DEADLINE_MS, type SimulatedProcess } from './simulated-process.ts';

/** One thing that a caller wants, however often it is sent. Its `id` is in the cause of each movement that it makes. */
export interface Wish {
  id: string;
  name: string;
  sku: string | null;
  /** The key of all attempts; null: there is one attempt, or the generated key of an unknown outcome. */
  key: string | null;
  /** Kinds of movements, and the sum of their quantities on `sku`, that it must have made once it was acknowledged. */
  makes: { kinds: readonly MovementKind[]; units: number } | null;
  /** Queries have no deadline of their own: they take as long as the store. */
  isMutation: boolean;
  /** Wishes of one burst are sent in the order of their ids. */
  burst: number | null;
  attempts: number;
  /** Attempts that have not settled. */
  open: number;
  mayHaveEffect: boolean;
  isAcknowledged: boolean;
  /** What all answers have to agree on, such as an order id. */
  answer: string | null;
}

export type Act<T> = (holdfast: Holdfast, call: Call) => Promise<Result<T>>;

export type Outcome<T> =
  | { end: 'done'; value: T }
  | { end: 'refused'; reason: string }
  /** It had no effect, and will have none. */
  | { end: 'nothing' }
  | { end: 'unknown'; key: string | null };

/** The rounding of timers. */
const LATE_MS = 2;

interface CallBookParts {
  /** Virtual time, without that for which the machine has stood still. */
  nowMs: () => number;
  found: (violation: string) => void;
}

/** Remembers all calls, and finds what must not happen to them. */
export class CallBook {
  readonly wishes: Wish[] = [];
  readonly #found: (violation: string) => void;
  readonly #nowMs: () => number;
  /** The cart calls at the store, by process and caller. */
  readonly #atStore = new Set<string>();
  readonly #seen = new Set<Wish>();
  /** The number of the last wish of each burst that was sent. */
  readonly #lastSent = new Map<string, number>();

  constructor({ nowMs, found }: CallBookParts) {
    this.#nowMs = nowMs;
    this.#found = found;
  }

  begin(name: string, details: Partial<Pick<Wish, 'sku' | 'key' | 'makes' | 'isMutation' | 'burst'>> = {}): Wish {
    const id = `${name}.${this.wishes.length}`;
    const state = { attempts: 0, open: 0, mayHaveEffect: false, isAcknowledged: false, answer: null };
    const wish: Wish = {
      id,
      name,
      sku: null,
      key: null,
      makes: null,
      isMutation: true,
      burst: null,
      ...details,
      ...state,
    };
    this.wishes.push(wish);
    return wish;
  }

  /** Sends a wish once, and judges the answer. */
  async attempt<T>(wish: Wish, process: SimulatedProcess, caller: Caller, act: Act<T>): Promise<Outcome<T>> {
    const call: Call = { caller: { ...caller, requestId: wish.id } };
    if (wish.key !== null) call.idempotencyKey = wish.key;
    wish.attempts += 1;
    wish.open += 1;
    const beganMs = this.#nowMs();
    // An attempt that overlaps with the first answer may have been decided before it.
    const wasDone = wish.isAcknowledged && wish.key !== null;
    const outcome = await this.#outcome(wish, process, () => act(process.holdfast, call));
    wish.open -= 1;
    const tookMs = this.#nowMs() - beganMs;
    if (wish.isMutation && tookMs > CALL_DEADLINE_MS + LATE_MS) this.#found(`${wish.id} took ${tookMs} ms`);
    if (outcome.end === 'unknown') wish.mayHaveEffect = true;
    if (outcome.end === 'refused' && wasDone)
      this.#found(`${wish.id} was done, and is refused when it is repeated: ${outcome.reason}`);
    if (outcome.end === 'done') wish.isAcknowledged = true;
    return outcome;
  }

  /** Notes what all answers to a wish have to agree on. */
  agree(wish: Wish, answer: string): void {
    if (wish.answer !== null && wish.answer !== answer)
      this.#found(`${wish.id} was answered ${wish.answer}, and then ${answer}`);
    wish.answer = answer;
  }

  async #outcome<T>(wish: Wish, process: SimulatedProcess, act: () => Promise<Result<T>>): Promise<Outcome<T>> {
    try {
      const result = await Promise.race([act(), process.killed]);
      if (result === 'killed') return { end: 'unknown', key: wish.key };
      if (result.ok) return { end: 'done', value: result.value };
      return { end: 'refused', reason: result.refusal.reason };
    } catch (error) {
      if (error instanceof OutcomeUnknown) return { end: 'unknown', key: error.idempotencyKey };
      if (error instanceof StoreError || error instanceof BatcherError) return { end: 'nothing' };
      this.#found(`${wish.id} fails: ${error instanceof Error ? error.stack : String(error)}`);
      return { end: 'nothing' };
    }
  }

  /** Called with each batch that leaves a process: calls of one cart never overlap, and one mailbox keeps its order. */
  sent(process: string, transactions: readonly Transaction[]): void {
    for (const { cause } of transactions) {
      const wish = this.#wishOf(cause.requestId);
      if (wish?.name.startsWith('cart')) {
        const lock = `${process} ${cause.by}`;
        if (this.#atStore.has(lock)) this.#found(`two calls of ${lock} are at the store at once`);
        this.#atStore.add(lock);
      }
      if (wish && wish.burst !== null && wish.attempts === 1 && !this.#seen.has(wish)) {
        const place = `${process} ${wish.burst}`;
        const number = this.wishes.indexOf(wish);
        if ((this.#lastSent.get(place) ?? -1) > number)
          this.#found(`${wish.id} was overtaken in the mailbox of ${process}`);
        this.#lastSent.set(place, number);
        this.#seen.add(wish);
      }
    }
  }

  answered(process: string, transactions: readonly Transaction[]): void {
    for (const { cause } of transactions) this.#atStore.delete(`${process} ${cause.by}`);
  }

  #wishOf(id: string | undefined): Wish | undefined {
    return id === undefined ? undefined : this.wishes[Number(id.slice(id.indexOf('.') + 1))];
  }

  /** Compares all wishes with the ledger. */
  settle(ledger: readonly LedgerEntry[]): void {
    const made = new Map<string, Map<string, Movement[]>>();
    for (const entry of ledger) {
      const id = entry.cause.requestId;
      if (id === undefined || entry.kind === 'document') continue;
      const [sequence = ''] = entry.id.split('-');
      const transactions = made.get(id) ?? new Map<string, Movement[]>();
      made.set(id, transactions.set(sequence, [...(transactions.get(sequence) ?? []), entry]));
    }
    for (const wish of this.wishes) this.#settleOne(wish, [...(made.get(wish.id)?.values() ?? [])]);
  }

  #settleOne(wish: Wish, made: readonly Movement[][]): void {
    if (wish.open > 0) this.#found(`${wish.id} was never answered`);
    if (made.length > 1) this.#found(`${wish.id} took effect ${made.length} times`);
    if (made.length > 0 && !wish.isAcknowledged && !wish.mayHaveEffect)
      this.#found(`${wish.id} was answered as without effect, and took effect`);
    if (!wish.isAcknowledged || !wish.makes) return;
    const { kinds, units } = wish.makes;
    const own = made.flat().filter(({ kind, sku }) => kinds.includes(kind) && (wish.sku === null || sku === wish.sku));
    const sum = own.reduce((total, { quantity }) => total + quantity, 0);
    if (own.length === 0) this.#found(`${wish.id} was acknowledged, and took no effect`);
    else if (sum !== units) this.#found(`${wish.id} was for ${units} units, and took ${sum}`);
  }
}

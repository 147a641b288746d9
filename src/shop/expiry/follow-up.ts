import type { DocumentRecord } from '../../domain/records.ts';
import type { Snapshot } from '../../store/store.ts';
import { cartState, type CartState, lostLines, putCart, releaseLine, sweepLines } from '../cart/cart-document.ts';
import { ServiceFailure } from '../../contract/failures.ts';
import type { Call } from '../../contract/inputs.ts';
import type { Log } from '../../transact/log.ts';
import { cartIdOf, isCart, isOrder, isPassing, orderIdOf } from '../../transact/names.ts';
import { expireOrder, forgetOrder } from '../order/order-document.ts';
import type { Result } from '../../contract/refusals.ts';
import type { Composed, Decision } from '../../transact/mutation.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Transactor } from '../../transact/transactor.ts';

/** Documents that are worked on at once: enough to fill a batch, few beside what shoppers do. */
const PARALLEL_MAX = 64;

const EXPIRY: Call = { caller: { kind: 'operator', principal: 'expiry', cartId: null, customer: null } };

export interface FollowUpParts {
  transactor: Transactor;
  settings: Pick<Settings, 'orderRetentionMs'>;
  log: Log;
}

export type FollowUpKind = 'lines' | 'due';

/** What follows from a deadline, one document at a time. Each composes from a fresh view, so doing it twice is harmless. */
export class FollowUp {
  readonly #parts: FollowUpParts;
  readonly counts = { cartsExpired: 0, ordersExpired: 0, ordersForgotten: 0, linesExpired: 0, expiryFailures: 0 };

  constructor(parts: FollowUpParts) {
    this.#parts = parts;
  }

  /**
   * Works on all of `keys`; resolves with those that changed. A document that cannot be worked on is logged and
   * passed over: one bad record must not stop the rest. Rejects when the store itself does not serve.
   */
  async all(kind: FollowUpKind, keys: readonly string[]): Promise<{ changed: string[]; failed: string[] }> {
    const waiting = [...keys];
    const changed: string[] = [];
    const failed: string[] = [];
    const work = async (): Promise<void> => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
        const outcome = await this.#one(kind, key);
        if (outcome === 'changed') changed.push(key);
        if (outcome === 'failed') failed.push(key);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_MAX, waiting.length) }, work));
    return { changed, failed };
  }

  async #one(kind: FollowUpKind, key: string): Promise<'changed' | 'unchanged' | 'failed'> {
    try {
      const result = await this.#change(kind, key);
      if (!result.ok) throw new ServiceFailure(`refused: ${result.refusal.reason}`);
      return result.value ? 'changed' : 'unchanged';
    } catch (error) {
      if (!(error instanceof ServiceFailure)) throw error;
      this.counts.expiryFailures += 1;
      this.#parts.log.error({ err: error, document: key }, 'what follows from an expiry failed for one document');
      return 'failed';
    }
  }

  #change(kind: FollowUpKind, key: string): Promise<Result<boolean>> {
    return this.#parts.transactor.run({
      procedure: `expiry.${kind}`,
      lockKeys: key,
      input: { key },
      call: EXPIRY,
      reads: () => ({ documents: [key] }),
      compose: (view) => this.#compose(kind, key, view),
      retryOn: ['hold_not_active', 'unknown_hold'],
      answer: () => Promise.resolve({ ok: true, value: true }),
    });
  }

  #compose(kind: FollowUpKind, key: string, view: Snapshot): Decision<boolean> {
    const [found] = view.documents;
    if (isCart(key)) {
      const state = cartState(cartIdOf(key), view);
      return kind === 'lines' ? this.#withoutExpired(state) : this.#expiredCart(state);
    }
    if (found && kind === 'due' && isOrder(key)) return this.#dueOrder(found, view.at);
    if (found && kind === 'due' && isPassing(key)) return forgetNote(found.record, view.at);
    return unchanged(key);
  }

  /** The hold has ended by its deadline, which freed its units: the line is deleted without release, and remembered. */
  #withoutExpired(state: CartState): Decision<boolean> {
    const isExpired = ({ phase }: CartState['lines'][number]): boolean => phase === 'expired' || phase === 'overdue';
    const expired = state.lines.filter(isExpired);
    if (expired.length === 0) return unchanged(state.key);
    const change = {
      lines: state.lines.filter((line) => !isExpired(line)),
      lost: lostLines({ ...state, lines: expired }),
    };
    const steps = [...sweepLines(state).steps, ...putCart(state, change)];
    return this.#counted({ steps, address: null }, () => {
      this.counts.linesExpired += expired.length;
    });
  }

  /** Holds never outlive their cart, unless the settings have changed since: those are released. */
  #expiredCart(state: CartState): Decision<boolean> {
    if (state.version === null || state.dueAt === null || state.dueAt > state.at) return unchanged(state.key);
    const { steps, live } = sweepLines(state);
    const released = live.map((line) => releaseLine(state, line));
    const drop = putCart(state, { lines: [], lost: [] });
    return this.#counted({ steps: [...steps, ...released, ...drop], address: null }, () => {
      this.counts.cartsExpired += 1;
    });
  }

  /** An order that was not paid in time expires; one that has come to an end is forgotten after its retention. */
  #dueOrder(found: NonNullable<Snapshot['documents'][number]>, at: number): Decision<boolean> {
    const { record } = found;
    if (record.dueAt === null || record.dueAt > at) return unchanged(record.key);
    if (record.list === 'awaiting_payment') {
      const steps = expireOrder(found, this.#parts.settings.orderRetentionMs);
      return this.#counted({ steps, address: null, orderId: orderIdOf(record.key) }, () => {
        this.counts.ordersExpired += 1;
      });
    }
    return this.#counted({ steps: forgetOrder(record), address: null }, () => {
      this.counts.ordersForgotten += 1;
    });
  }

  #counted(composed: Composed<boolean>, count: () => void): Composed<boolean> {
    return {
      ...composed,
      answerFromCommit: () => {
        count();
        return true;
      },
    };
  }
}

/** Nobody can repeat that merge, or that import, any more, so nobody asks what it changed. */
function forgetNote({ key, version, dueAt }: DocumentRecord, at: number): Decision<boolean> {
  if (dueAt === null || dueAt > at) return unchanged(key);
  return { steps: [{ kind: 'drop', key, expect: version }], address: null, answerFromCommit: () => true };
}

/** Without a key of the caller's the marker is never sent. */
const unchanged = (key: string): Decision<boolean> => ({
  unchanged: false,
  noopStep: { kind: 'put', key, expect: 'present' },
});

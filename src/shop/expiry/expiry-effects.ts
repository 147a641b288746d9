import { LRUCache } from 'lru-cache';
import { isOrderEdge } from '../../domain/order-states.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Snapshot } from '../../store/store.ts';
import { cartState, type CartState, deleteLines, putCart } from '../cart/cart-document.ts';
import { dropSteps } from '../cart/cart-lines.ts';
import { ServiceFailure, type Call, systemCaller, type Result } from '../../contract/calls/call.ts';
import type { Log } from '../../transact/log.ts';
import {
  cartIdOf,
  isCart,
  isOrder,
  isReservation,
  isReservedAs,
  isTemporary,
  isTransfer,
  orderIdOf,
} from '../../transact/documents/names.ts';
import { storedStatus } from '../order/record/order-document.ts';
import { expireOrder, forgetDue, type RetentionSettings } from '../order/record/order-retention.ts';
import { dueReservation } from '../reservation/reservation-retention.ts';
import { growing } from '../../store/growing-cache.ts';
import type { Composed, Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Reclaimer } from '../../transact/reclaimer.ts';

/** Documents that change at once: enough to fill a batch, and few compared with the calls of shoppers. */
const DOCUMENTS_PARALLEL_MAX = 64;

export const EXPIRY: Call = { caller: systemCaller('expiry') };

interface ExpiryEffectsParts {
  reclaimer: Reclaimer;
  transactor: Transactor;
  settings: RetentionSettings;
  log: Log;
  runtime: Pick<Runtime, 'nowMs'>;
}

type EffectKind = 'lines' | 'due';

/**
 * Applies the effects of deadlines to carts and orders, each in a transaction of its own. The transaction is composed
 * from a fresh view, so that applying an effect twice is harmless.
 */
export class ExpiryEffects {
  readonly #parts: ExpiryEffectsParts;
  readonly counts = {
    cartsExpired: 0,
    ordersExpired: 0,
    ordersForgotten: 0,
    reservationsExpired: 0,
    reservationsForgotten: 0,
    linesExpired: 0,
    expiryFailures: 0,
  };

  readonly #failed: LRUCache<string, true>;

  constructor(parts: ExpiryEffectsParts) {
    this.#parts = parts;
    const perf = { now: () => parts.runtime.nowMs() };
    this.#failed = new LRUCache({ ...growing(FAILED_MAX), ttl: FAILED_REST_MS, ttlResolution: 0, perf });
  }

  /**
   * Handles due documents until none can be changed: empties and deletes carts, expires unpaid orders, and deletes
   * orders after their retention. Rejects as the store does.
   */
  async applyDue(signal?: AbortSignal): Promise<void> {
    for (let isEnd = false; !isEnd; ) {
      if (signal?.aborted) return;
      const { dueDocuments } = await this.#parts.reclaimer.reclaim([]);
      const keys = dueDocuments.map(({ key }) => key).filter((key) => !this.#failed.has(key));
      const { changed, failed } = await this.applyAll('due', keys);
      for (const key of failed) this.#failed.set(key, true);
      isEnd = changed.length === 0;
    }
  }

  /**
   * Applies an effect to all documents of `keys`. Resolves with the keys that changed and that failed. A failure is
   * logged and does not stop the rest. Rejects if the store fails.
   */
  async applyAll(kind: EffectKind, keys: readonly string[]): Promise<{ changed: string[]; failed: string[] }> {
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
    await Promise.all(Array.from({ length: Math.min(DOCUMENTS_PARALLEL_MAX, waiting.length) }, work));
    return { changed, failed };
  }

  async #one(kind: EffectKind, key: string): Promise<'changed' | 'unchanged' | 'failed'> {
    try {
      const result = await this.#change(kind, key);
      if (!result.ok) throw new ServiceFailure(`refused: ${result.refusal.reason}`);
      return result.value ? 'changed' : 'unchanged';
    } catch (error) {
      if (!(error instanceof ServiceFailure)) throw error;
      this.counts.expiryFailures += 1;
      this.#parts.log.error({ err: error, document: key }, 'the effects of an expiry failed for one document');
      return 'failed';
    }
  }

  #change(kind: EffectKind, key: string): Promise<Result<boolean>> {
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

  #compose(kind: EffectKind, key: string, view: Snapshot): Decision<boolean> {
    const [found] = view.documents;
    if (isCart(key)) {
      const state = cartState(cartIdOf(key), view);
      return kind === 'lines' ? this.#withoutExpired(state) : this.#expiredCart(state);
    }
    if (found && kind === 'due' && isOrder(key)) return this.#dueOrder(found, view.at);
    if (found && kind === 'due' && isReservation(key)) return this.#dueReservation(found, view.at);
    if (found && kind === 'due' && isForgotten(key)) return forgetNote(found.record, view.at);
    return noEffect(key);
  }

  /** Deletes the lines whose deadline has passed. The cart lists them as expired. */
  #withoutExpired(state: CartState): Decision<boolean> {
    const { steps, kept, lost } = deleteLines(state, ({ phase }) => phase === 'expired' || phase === 'overdue');
    const expired = state.lines.length - kept.length;
    if (expired === 0) return noEffect(state.key);
    return this.#counted({ steps: [...steps, ...putCart(state, { lines: kept, lost })], address: null }, () => {
      this.counts.linesExpired += expired;
    });
  }

  /** Releases holds that are live after their cart's deadline. There are some only if the settings have changed. */
  #expiredCart(state: CartState): Decision<boolean> {
    if (state.version === null || state.dueAt === null || state.dueAt > state.at) return noEffect(state.key);
    return this.#counted({ steps: dropSteps(state), address: null }, () => {
      this.counts.cartsExpired += 1;
    });
  }

  /** Expires an order that was not paid in time, or deletes a finished order or its contact after its retention. */
  #dueOrder(found: NonNullable<Snapshot['documents'][number]>, at: number): Decision<boolean> {
    const { record } = found;
    if (record.dueAt === null || record.dueAt > at) return noEffect(record.key);
    if (isOrderEdge(storedStatus(record), 'expired')) {
      const steps = expireOrder(found, this.#parts.settings);
      return this.#counted({ steps, address: null, orderId: orderIdOf(record.key) }, () => {
        this.counts.ordersExpired += 1;
      });
    }
    const steps = forgetDue(record);
    return this.#counted({ steps, address: null }, () => {
      if (steps[0]?.kind === 'drop') this.counts.ordersForgotten += 1;
    });
  }

  #dueReservation(found: NonNullable<Snapshot['documents'][number]>, at: number): Decision<boolean> {
    const { key, dueAt } = found.record;
    if (dueAt === null || dueAt > at) return noEffect(key);
    const { steps, hasExpired } = dueReservation(found, this.#parts.settings);
    return this.#counted({ steps, address: null }, () => {
      this.counts[hasExpired ? 'reservationsExpired' : 'reservationsForgotten'] += 1;
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

/** Whether the only effect of a document's due time is that the document is deleted. */
const isForgotten = (key: string): boolean => isTemporary(key) || isReservedAs(key) || isTransfer(key);

/** Deletes the record of a merge, an import, a stock state or an ended transfer after its time. */
function forgetNote({ key, version, dueAt }: DocumentRecord, at: number): Decision<boolean> {
  if (dueAt === null || dueAt > at) return noEffect(key);
  return { steps: [{ kind: 'drop', key, expect: version }], address: null, answerFromCommit: () => true };
}

/** The noop step is sent only for calls with an idempotency key, so never here. */
const noEffect = (key: string): Decision<boolean> => ({
  unchanged: false,
  noopStep: { kind: 'put', key, expect: 'present' },
});

/** A document that failed is not tried again for this long. */
const FAILED_REST_MS = 60_000;
const FAILED_MAX = 1_000;

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import type { Snapshot, Store } from '../../store/store.ts';
import type { Call } from '../../contract/inputs.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import { cursorKey, isCart } from '../../transact/names.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { FollowUp } from './follow-up.ts';

/** Small: the event loop decodes a page without a pause, and shoppers wait for it. */
const PAGE_ENTRIES = 500;
const CURSOR = cursorKey('expiry');
const EXPIRY: Call = { caller: { kind: 'operator', principal: 'expiry', cartId: null, customer: null } };

export interface ExpiredLinesParts {
  store: Pick<Store, 'feed'>;
  read: Read;
  transactor: Transactor;
  followUp: FollowUp;
}

/**
 * Follows the ledger and deletes the cart lines whose holds have expired. How far it has come is kept in the store: what
 * a process did not get to, the next one does. The cursor moves behind the work, so that work is repeated, never lost.
 */
export class ExpiredLines {
  readonly #parts: ExpiredLinesParts;

  constructor(parts: ExpiredLinesParts) {
    this.#parts = parts;
  }

  /** Follows to the end of the ledger. Rejects with `StoreError` or `Overloaded`; what was done stays done. */
  async run(signal?: AbortSignal): Promise<void> {
    const from = cursorOf(await this.#parts.read({ documents: [CURSOR] }));
    let after = from;
    for (let isEnd = false; !isEnd; ) {
      if (signal?.aborted) return;
      const entries = await this.#parts.store.feed({ after, limit: PAGE_ENTRIES });
      const carts = cartsWithExpiries(entries);
      await this.#parts.followUp.all('lines', carts);
      after = entries.at(-1)?.id ?? after;
      // The last page may be empty: without saving what was read before it, all of that would be read again each time.
      isEnd = entries.length < PAGE_ENTRIES;
      if (after !== null && after !== from && (carts.length > 0 || isEnd)) await this.#save(after);
      if (!isEnd) await yieldToOthers();
    }
  }

  async #save(after: MovementId): Promise<void> {
    await this.#parts.transactor.run({
      procedure: 'expiry.cursor',
      input: { after },
      call: EXPIRY,
      reads: () => ({ documents: [CURSOR] }),
      compose: (view) => moveCursor(view, after),
      answer: () => Promise.resolve({ ok: true, value: true }),
    });
  }
}

function cartsWithExpiries(entries: readonly LedgerEntry[]): string[] {
  const carts = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'expired' && entry.owner !== null && isCart(entry.owner)) carts.add(entry.owner);
  }
  return [...carts];
}

function cursorOf({ documents: [found] }: Snapshot): MovementId | null {
  const body = found?.record.body ?? '';
  return /^\d+-\d+$/.test(body) ? body : null;
}

/** Another process may be further already: the cursor never goes back. */
function moveCursor(view: Snapshot, after: MovementId): Decision<boolean> {
  const present = cursorOf(view);
  const expect = view.documents[0]?.record.version ?? 'absent';
  const put = { kind: 'put', key: CURSOR, expect, body: after } as const;
  if (present !== null && compareMovements(present, after) >= 0) return { unchanged: false, noopStep: put };
  return { steps: [put], address: null, answerFromCommit: () => true };
}

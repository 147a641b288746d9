import { type Runtime, turnBy } from '../../runtime/runtime.ts';
import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import type { Snapshot, Store } from '../../store/store.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import { cursorKey, isCart } from '../../transact/documents/names.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { BackorderFiller } from './backorder-filler.ts';
import { EXPIRY, type ExpiryEffects } from './expiry-effects.ts';

/** A small page, because decoding it blocks the event loop and requests wait. */
const EXPIRY_PAGE_ENTRIES = 500;
const CURSOR = cursorKey('expiry');

export interface ExpiredLinesParts {
  store: Pick<Store, 'feed'>;
  read: Read;
  transactor: Transactor;
  effects: ExpiryEffects;
  runtime: Pick<Runtime, 'soon'>;
  /** Called with each page of the ledger, before the cursor moves behind it. */
  filler: Pick<BackorderFiller, 'follow'>;
}

/**
 * Follows the ledger, deletes the cart lines whose holds have expired, and has backorders filled. Its cursor is in the
 * store, so that another process can continue. The cursor moves after the work, so that an outage repeats work and
 * skips none.
 *
 * A cart that cannot be changed is logged and passed over, because its record may be damaged for ever. Its line is
 * shown as expired all the same, because that follows from the hold. It is deleted when the lines of the cart are next
 * written, or when the cart expires.
 */
export class ExpiredLines {
  readonly #parts: ExpiredLinesParts;

  constructor(parts: ExpiredLinesParts) {
    this.#parts = parts;
  }

  /** Runs to the end of the ledger. Rejects with `StoreError` or `Overloaded`; finished work stays. */
  async run(signal?: AbortSignal): Promise<void> {
    const from = savedCursor(await this.#parts.read({ documents: [CURSOR] }));
    let after = from;
    let isEnd: boolean;
    do {
      if (signal?.aborted) return;
      const entries = await this.#parts.store.feed({ after, limit: EXPIRY_PAGE_ENTRIES });
      const carts = cartsWithExpiries(entries);
      await this.#parts.effects.applyAll('lines', carts);
      await this.#parts.filler.follow(entries);
      after = entries.at(-1)?.id ?? after;
      isEnd = entries.length < EXPIRY_PAGE_ENTRIES;
      // The cursor is saved at the end even if no cart was found, so that the same pages are not read every time.
      if (after !== null && after !== from && (carts.length > 0 || isEnd)) await this.#save(after);
      if (!isEnd) await turnBy(this.#parts.runtime);
    } while (!isEnd);
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

function savedCursor({ documents: [found] }: Snapshot): MovementId | null {
  const body = found?.record.body ?? '';
  return /^\d+-\d+$/.test(body) ? body : null;
}

/** Another process may have moved the cursor further. It never moves back. */
function moveCursor(view: Snapshot, after: MovementId): Decision<boolean> {
  const present = savedCursor(view);
  const expect = view.documents[0]?.record.version ?? 'absent';
  const put = { kind: 'put', key: CURSOR, expect, body: after } as const;
  if (present !== null && compareMovements(present, after) >= 0) return { unchanged: false, noopStep: put };
  return { steps: [put], address: null, answerFromCommit: () => true };
}

import { isSold } from '../../domain/order-states.ts';
import { nextTurn } from '../../runtime/pause.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import type { IndexFault, WrongCount } from '../../store/index-check.ts';
import type { Store } from '../../store/store.ts';
import { isCart, isOrder, isTemporary } from '../../transact/documents/names.ts';
import type { Violation } from '../../contract/outputs/admin-outputs.ts';
import { subjectOf } from './findings.ts';

const INDEX_RECORDS = 250;

/** Compares all records with all index entries, in both directions, page by page. Rejects as the store does. */
export async function eachIndexFault(
  store: Pick<Store, 'checkIndexes'>,
  mend: boolean,
  look: (fault: IndexFault) => void,
): Promise<void> {
  let cursor: string | null = null;
  do {
    const page = await store.checkIndexes({ cursor, limit: INDEX_RECORDS, mend });
    for (const fault of page.faults) look(fault);
    cursor = page.next;
    await nextTurn();
  } while (cursor !== null);
}

/**
 * Returns whether a cart, an order, an ended reservation or transfer, or a temporary document has no due time although
 * it needs one. Without one it would never be deleted, and the holds of a cart or an order would never end. Only a sold
 * order with units on hand has none until their dispatch.
 */
export const lacksDueTime = ({ key, dueAt, list, holds }: DocumentRecord): boolean =>
  dueAt === null &&
  (isCart(key) ||
    (isOrder(key) && !(isSold(list) && holds.length > 0)) ||
    list === 'reservations_ended' ||
    list === 'transfers_ended' ||
    isTemporary(key));

/** Returns the violation of a fault. Its rule is named after the index: `index_due_holds`, `index_lists`, ... */
export function indexViolation({ index, record, found, expected }: IndexFault): Violation {
  return { rule: `index_${index}`, ...subjectOf(record), found: `${record}: ${found}`, expected };
}

export const dueViolation = ({ key }: DocumentRecord): Violation => ({
  rule: 'index_due_documents',
  found: `document:${key}: no entry`,
  expected: 'a time at which it is due',
});

export const countViolation = ({ claim, found }: WrongCount): Violation => ({
  rule: 'index_counts',
  found: `${claim.customer} has ${found} of ${claim.sku}`,
  expected: claim.isExact ? `${claim.units}, in live holds` : `at least ${claim.units}, in holds and orders`,
});

import type { LedgerEntry, Movement, MovementId } from '../../domain/records.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { isOrder, orderIdOf } from '../../transact/names.ts';
import type { Occurrence } from '../../contract/webhook-words.ts';

/** What one transaction did to a SKU, from its first movement to its last: what lies between was never to be seen. */
export interface StockFact {
  kind: 'stock';
  through: MovementId;
  first: Movement;
  last: Movement;
  isSupply: boolean;
}

export interface OrderFact {
  kind: 'order';
  through: MovementId;
  occurrence: Occurrence;
}

export type LedgerFact = StockFact | OrderFact;

/**
 * The facts of a page, each at the place of its last ledger entry, so that a reader may stop behind any of them. Where
 * the page is `full` its last transaction may go on behind it and is left for the next page, unless it is all there is.
 */
export function ledgerFacts(
  entries: readonly LedgerEntry[],
  full: boolean,
): { facts: LedgerFact[]; through: MovementId | null } {
  const whole = full ? withoutLastTransaction(entries) : entries;
  const facts = new Map<string, LedgerFact>();
  for (const entry of whole) {
    const fact = orderFact(entry);
    // An order paid late passes through `expired` within the transaction: only where it came to is told.
    if (fact) moveToEnd(facts, `${sequenceOf(entry.id)} order:${fact.occurrence.subject}`, fact);
    if (entry.kind === 'document') continue;
    const key = `${sequenceOf(entry.id)} sku:${entry.sku}`;
    const known = facts.get(key);
    const before = known?.kind === 'stock' ? known : null;
    const isSupply = before?.isSupply === true || entry.onHand.after > entry.onHand.before;
    moveToEnd(facts, key, {
      kind: 'stock',
      through: entry.id,
      first: before?.first ?? entry,
      last: entry,
      isSupply,
    });
  }
  return { facts: [...facts.values()], through: whole.at(-1)?.id ?? null };
}

function moveToEnd(facts: Map<string, LedgerFact>, key: string, fact: LedgerFact): void {
  facts.delete(key);
  facts.set(key, fact);
}

function withoutLastTransaction(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const last = entries.at(-1);
  if (!last) return entries;
  const whole = entries.filter(({ id }) => sequenceOf(id) !== sequenceOf(last.id));
  return whole.length > 0 ? whole : entries;
}

function orderFact(entry: LedgerEntry): OrderFact | null {
  const { id, at, cause } = entry;
  const fact = (type: Occurrence['type'], subject: string): OrderFact => ({
    kind: 'order',
    through: id,
    occurrence: { id: `${id}o`, at, type, subject },
  });
  if (entry.kind === 'document') {
    // An order that is forgotten goes to no list.
    if (entry.list === null || !isOrder(entry.key)) return null;
    return fact(`order.${entry.list}`, orderIdOf(entry.key));
  }
  // A return is several movements; its first is the first of its transaction.
  if (entry.kind !== 'returned' || cause.orderId === undefined || !id.endsWith('-0')) return null;
  return fact('order.returned', cause.orderId);
}

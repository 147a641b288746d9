import type { LedgerEntry, Movement, MovementId } from '../../domain/records.ts';
import { isPartHold } from '../../domain/kits.ts';
import { sequenceOf, compareMovements } from '../../domain/movement-ids.ts';
import { shownKey, skuOf } from '../../domain/stock-keys.ts';
import { isOrder, orderIdOf } from '../../transact/documents/names.ts';
import { type WebhookEvent, classOf, isAboutOrder, movementOf, originOf } from '../../contract/webhook-records.ts';

/**
 * The change of a SKU by one transaction, from its first movement to its last. No reader ever saw the states in
 * between.
 */
export interface StockFact {
  kind: 'stock';
  lastEntryId: MovementId;
  sku: string;
  /** The first and the last movement at each location, by stock key. */
  changes: ReadonlyMap<string, { first: Movement; last: Movement }>;
  last: Movement;
  /** Whether a movement of the transaction raised on hand. */
  isSupply: boolean;
}

interface EventFact {
  kind: 'event';
  lastEntryId: MovementId;
  event: WebhookEvent;
}

export type LedgerFact = StockFact | EventFact;

/**
 * Returns the facts of a page, ordered by their last ledger entries, so that a reader may stop after any of them. The
 * last transaction of a `full` page may continue on the next page. So it is left out, unless it is the only one.
 */
export function ledgerFacts(
  entries: readonly LedgerEntry[],
  full: boolean,
): { facts: LedgerFact[]; lastEntryId: MovementId | null } {
  const whole = full ? withoutLastTransaction(entries) : entries;
  const facts = new Map<string, LedgerFact>();
  for (const entry of whole) {
    const fact = orderFact(entry);
    // An order that is paid late passes through `expired` within the transaction. Only its final list counts.
    if (fact) moveToEnd(facts, `${sequenceOf(entry.id)} order:${fact.event.subject}`, fact);
    if (entry.kind === 'document') continue;
    if (entry.kind === 'filled') {
      // It changes no level, so it is not a part of a stock fact: a reader may stop between two fills.
      // A webhook reports the units of a component only when they complete a kit.
      if (!isPartHold(entry.holdId ?? '')) facts.set(entry.id, backorderFact(entry));
      continue;
    }
    const sku = skuOf(entry.sku);
    const key = `${sequenceOf(entry.id)} sku:${sku}`;
    const known = facts.get(key);
    const before = known?.kind === 'stock' ? known : null;
    const isSupply = before?.isSupply === true || entry.onHand.after > entry.onHand.before;
    moveToEnd(facts, key, {
      kind: 'stock',
      lastEntryId: entry.id,
      sku,
      changes: withMovement(before?.changes, entry),
      last: entry,
      isSupply,
    });
  }
  return { facts: [...facts.values()], lastEntryId: whole.at(-1)?.id ?? null };
}

function withMovement(before: StockFact['changes'] | undefined, last: Movement): StockFact['changes'] {
  const first = before?.get(last.sku)?.first ?? last;
  return new Map(before).set(last.sku, { first, last });
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

function backorderFact({ id, at, sku, quantity, holdId, owner, cause }: Movement): EventFact {
  const { sku: subject, ...where } = shownKey(sku);
  const fill = { holdId: holdId ?? '', owner: owner ?? '', units: quantity, ...where };
  const event: WebhookEvent = {
    id: `${id}b`,
    at,
    type: 'backorder.filled',
    subject,
    fill,
    origin: originOf(cause),
  };
  return { kind: 'event', lastEntryId: id, event };
}

function orderFact(entry: LedgerEntry): EventFact | null {
  const { id, at, cause } = entry;
  const fact = (type: WebhookEvent['type'], subject: string): EventFact => ({
    kind: 'event',
    lastEntryId: id,
    event: { id: `${id}o`, at, type, subject, origin: originOf(cause) },
  });
  if (entry.kind === 'document') {
    // An order that is deleted after its retention is in no list.
    if (entry.list === null || !isOrder(entry.key)) return null;
    return fact(`order.${entry.list}`, orderIdOf(entry.key));
  }
  // A change of an order has several movements, and its first is the first of its transaction.
  const type = EVENT_OF_MOVEMENT[entry.kind];
  return type === undefined || cause.orderId === undefined || !id.endsWith('-0') ? null : fact(type, cause.orderId);
}

/** The events of movements. If the order changes its list in the same transaction, the event of the list counts. */
const EVENT_OF_MOVEMENT: { readonly [K in Movement['kind']]?: WebhookEvent['type'] } = {
  returned: 'order.returned',
  fulfilled: 'order.partially_fulfilled',
  uncommitted: 'order.changed',
  recommitted: 'order.changed',
};

/**
 * Returns the ids of the order events that a later event of the same order supersedes: the later one carries the
 * order's newer state. Only a later money event of the same type supersedes a money event, because a receiver has to
 * act on each type: it dispatches goods for `order.placed` even if `order.returned` follows. Stock events are never
 * superseded. The order of `events` does not matter.
 */
export function superseded(events: readonly WebhookEvent[]): Set<string> {
  const found = new Set<string>();
  const newer = new Set<string>();
  const orders = events.filter(isAboutOrder);
  for (const { id, type, subject } of orders.sort((a, b) => compareMovements(movementOf(b), movementOf(a)))) {
    const isSuperseded = classOf(type) === 'money' ? newer.has(`${type} ${subject}`) : newer.has(subject);
    if (isSuperseded) found.add(id);
    newer.add(subject).add(`${type} ${subject}`);
  }
  return found;
}

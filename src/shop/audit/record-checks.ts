import { isLive } from '../../domain/machine/live-hold.ts';
import { isSold } from '../../domain/order-states.ts';
import type { DocumentRecord, HoldRecord, Money, StockRecord } from '../../domain/records.ts';
import { parseBody, totalOf } from '../cart/cart-document.ts';
import { isCart, isReservation, orderKey, ownedOrderId } from '../../transact/documents/names.ts';
import { fulfilledOf, openUnits, parseOrder } from '../order/record/order-document.ts';
import { isOpenReservation } from '../../domain/reservation-states.ts';
import { parseReservation } from '../reservation/reservation-document.ts';
import { openReservedUnits as openPartUnits } from '../reservation/reservation-parts.ts';
import { checkCounters, type Findings, LEDGER_COUNTERS } from './findings.ts';
import type { HoldFold } from './hold-fold.ts';
import type { LedgerFold, OrderFold, OrderUnits, SkuFold } from './ledger-fold.ts';

/** Comparisons of a record with the fold at the record's sequence. A record that does not exist is null. */

const STOCK_COUNTERS = [...LEDGER_COUNTERS, 'safetyStock'] as const;

export function checkStock(findings: Findings, sku: string, record: StockRecord | null, fold: SkuFold): void {
  if (!record) {
    findings.add({ rule: 'stock_missing', sku, found: 'no record', expected: `on hand ${fold.onHand}` });
    return;
  }
  const { onHand, reserved, committed, backordered, sold, lastMovement } = record;
  checkCounters((violation) => findings.add(violation), sku, record, STOCK_COUNTERS);
  const about = { sku };
  findings.expect('reserved_is_sum_of_holds', about, reserved, fold.held);
  findings.expect('committed_is_sum_of_holds', about, committed, fold.promised);
  findings.expect('on_hand_is_ledger', about, onHand, fold.onHand);
  findings.expect('reserved_is_ledger', about, reserved, fold.reserved);
  findings.expect('committed_is_ledger', about, committed, fold.committed);
  findings.expect('backordered_is_ledger', about, backordered, fold.backordered);
  findings.expect('sold_is_ledger', about, sold, fold.sold);
  findings.expect('history_is_ledger', about, lastMovement, fold.last);
}

export function checkHold(
  findings: Findings,
  holdId: string,
  record: HoldRecord | null,
  fold: HoldFold | undefined,
): void {
  const live = record && isLive(record) ? record : null;
  if (!live && !fold) return;
  if (live && fold && isSameHold(live, fold)) return;
  const sku = live?.sku ?? fold?.sku ?? '';
  const about = { sku, holdId };
  const describe = (hold: HoldFold | HoldRecord): string =>
    `${hold.quantity} of ${hold.sku} for ${hold.owner}${isCommitted(hold) ? ', committed' : ''}${backorderText(hold)}`;
  if (!live) {
    const found = record ? record.state : 'no record';
    findings.add({ rule: 'hold_missing', ...about, found, expected: fold ? describe(fold) : 'none' });
    return;
  }
  findings.expect('hold_is_ledger', about, describe(live), fold ? describe(fold) : 'not live');
}

const backorderText = ({ backordered }: HoldFold | HoldRecord): string =>
  backordered === 0 ? '' : `, ${backordered} backordered`;

const isCommitted = (hold: HoldFold | HoldRecord): boolean =>
  'state' in hold ? hold.state === 'committed' : hold.isCommitted;

const isSameHold = (hold: HoldRecord, fold: HoldFold): boolean =>
  hold.sku === fold.sku &&
  hold.quantity === fold.quantity &&
  hold.backordered === fold.backordered &&
  hold.owner === fold.owner &&
  isCommitted(hold) === isCommitted(fold);

export function checkOrder(
  findings: Findings,
  key: string,
  record: DocumentRecord | null,
  fold: OrderFold | undefined,
): void {
  const describe = (list: string, { units, dispatched, returned }: OrderUnits): string =>
    `${key} ${list} with ${units} units sold, ${dispatched} dispatched, ${returned} returned`;
  const expected = fold ? describe(fold.list, fold) : `${key} in no list`;
  if (!record) {
    if (fold) findings.add({ rule: 'order_missing', found: `${key}: no record`, expected });
    return;
  }
  const order = parseOrder(record);
  if (!order) {
    findings.add({ rule: 'document_unreadable', found: key, expected: 'an order' });
    return;
  }
  const sums: OrderUnits = { units: 0, dispatched: 0, returned: 0 };
  for (const line of order.lines) {
    if (isSold(record.list)) sums.units += line.quantity;
    sums.dispatched += fulfilledOf(line, record.list);
    sums.returned += line.returned;
  }
  const found = record.list === null ? `${key} in no list` : describe(record.list, sums);
  if (found !== expected) findings.add({ rule: 'order_is_ledger', found, expected });
  findings.expect('order_total_is_lines', {}, totalText(key, order.total), totalText(key, totalOf(order.lines)));
}

const totalText = (key: string, total: Money | null): string =>
  total ? `${key} with a total of ${total.amount} ${total.currency}` : `${key} without a total`;

/** Checks that an entry in an owner's list of orders has its order. */
export function checkOwned(findings: Findings, key: string, { orders }: LedgerFold): void {
  const order = orderKey(ownedOrderId(key));
  if (!orders.has(order)) findings.add({ rule: 'owner_has_the_order', found: `${key}: no ${order}`, expected: order });
}

/** Checks that an unpaid order has a live hold of the same quantity for each line. */
export function checkAwaiting(findings: Findings, record: DocumentRecord, fold: LedgerFold): void {
  const lines = parseOrder(record)?.lines ?? [];
  for (let line = 0; line < Math.max(lines.length, record.holds.length); line += 1) {
    const holdId = record.holds[line] ?? '';
    const [hold, wanted] = [fold.holds.get(holdId), lines[line]];
    const found = hold ? `${hold.quantity} of ${hold.sku}` : 'no live hold';
    const expected = wanted ? `${wanted.quantity} of ${wanted.sku}` : `no more lines of ${record.key}`;
    findings.expect('order_has_its_holds', { holdId }, found, expected);
  }
}

/** Checks that a placed order has a committed hold for the open units of each line. */
export function checkCommitted(findings: Findings, record: DocumentRecord, fold: LedgerFold): void {
  const holds = record.holds.map((holdId) => fold.holds.get(holdId));
  for (const line of parseOrder(record)?.lines ?? []) {
    const own = holds.filter((hold) => hold?.sku === line.sku && hold.isCommitted);
    const found = own.reduce((sum, hold) => sum + (hold?.quantity ?? 0), 0);
    const about = { sku: line.sku };
    findings.expect('order_has_its_units', about, `${record.key}: ${found}`, `${record.key}: ${openUnits(line)}`);
  }
}

/** Checks that a cart's body has as many lines as the document has holds. */
export function checkCartBody(findings: Findings, record: DocumentRecord): void {
  const body = parseBody(record.body);
  const lines = body?.lines.length ?? -1;
  if (lines !== record.holds.length) {
    const found = body ? `${record.key} with ${lines} lines` : record.key;
    findings.add({ rule: 'document_unreadable', found, expected: `a cart of ${record.holds.length} lines` });
  }
}

function ruleOfOwner(owner: string): string {
  if (isReservation(owner)) return 'hold_has_its_reservation';
  return isCart(owner) ? 'hold_has_its_cart' : 'hold_has_its_order';
}

/** Checks that the cart, order or reservation that owns a live hold refers to it. */
export function checkReference(
  findings: Findings,
  holdId: string,
  { sku, owner }: HoldFold,
  document: DocumentRecord | null,
): void {
  if (document?.holds.includes(holdId)) return;
  const rule = ruleOfOwner(owner);
  const found = document ? `${owner} does not refer to it` : `no ${owner}`;
  findings.add({ rule, sku, holdId, found, expected: `a line of ${owner}` });
}

/** Checks that each line's hold is live and owned by the document, or has ended and is still recorded. */
export function checkLines(
  findings: Findings,
  { record, holds }: { record: DocumentRecord; holds: readonly (HoldRecord | null)[] },
  fold: LedgerFold,
): void {
  record.holds.forEach((holdId, line) => {
    const live = fold.holds.get(holdId);
    const hold = holds[line] ?? null;
    if (live && live.owner !== record.key) {
      findings.expect('line_has_its_hold', { sku: live.sku, holdId }, live.owner, record.key);
    } else if (!live && !hold) {
      findings.add({
        rule: 'line_has_its_hold',
        holdId,
        found: `no hold for a line of ${record.key}`,
        expected: 'a hold',
      });
    }
  });
}

/** Checks that a reservation is in the list of its status, and that its open units are in live holds of that status. */
export function checkReservation(
  findings: Findings,
  { key, list, holds, body }: DocumentRecord,
  fold: LedgerFold,
): void {
  const reservation = parseReservation({ body });
  if (!reservation) {
    findings.add({ rule: 'document_unreadable', found: key, expected: 'a reservation' });
    return;
  }
  const { status, parts } = reservation;
  const ownList = isOpenReservation(status) ? 'reservations' : 'reservations_ended';
  findings.expect('reservation_has_its_list', {}, `${key}: ${list}`, `${key}: ${ownList}`);
  const listed = parts.flatMap(({ holdId }) => holdId ?? []);
  findings.expect('reservation_has_its_holds', {}, `${key}: ${holds.join(' ')}`, `${key}: ${listed.join(' ')}`);
  for (const part of parts) {
    const hold = fold.holds.get(part.holdId ?? '');
    const word = status === 'reserved' ? 'reserved' : 'committed';
    const expected = unitsText(part.key, { quantity: openPartUnits(part), word });
    const found = unitsText(hold?.sku ?? part.key, {
      quantity: hold?.owner === key ? hold.quantity : 0,
      word: hold?.isCommitted ? 'committed' : 'reserved',
    });
    findings.expect('reservation_has_its_units', { sku: part.key }, `${key}: ${found}`, `${key}: ${expected}`);
  }
}

const unitsText = (sku: string, { quantity, word }: { quantity: number; word: string }): string =>
  quantity === 0 ? 'none' : `${quantity} of ${sku}, ${word}`;

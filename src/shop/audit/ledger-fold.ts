import { onHandChange, reservedChange, soldChange } from '../../domain/movement-kinds.ts';
import type { DocumentEvent, LedgerEntry, Movement, MovementId, OrderStatus } from '../../domain/records.ts';
import { isOrderEdge } from '../../domain/order-states.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { isOrder, orderKey } from '../../transact/names.ts';
import type { LedgerTotals, Violation } from '../../contract/admin-outputs.ts';
import { ExactSum } from './exact-sum.ts';
import { checkCounters, Findings, LEDGER_COUNTERS } from './findings.ts';

/** The state of a SKU according to the ledger. */
export interface SkuFold {
  onHand: number;
  reserved: number;
  sold: number;
  /** The sum of the SKU's live holds. */
  held: number;
  last: MovementId | null;
  /** Set from the record, because the ledger does not contain it. */
  safetyStock: number;
  isSeen: boolean;
}

/** The state of a live hold according to the ledger. */
export interface HoldFold {
  sku: string;
  quantity: number;
  owner: string;
  /** The sequence at which the hold began, and at which its present owner got it. */
  since: number;
  ownedSince: number;
  isSeen: boolean;
  /** Whether its owner's document refers to it. */
  isReferenced: boolean;
}

/** The state of an order in a list according to the ledger. */
export interface OrderFold {
  list: OrderStatus;
  /** Units consumed for the order, and units of those that were returned. */
  units: number;
  returned: number;
  since: number;
  isSeen: boolean;
}

/** A record of a fold in a checkpoint: kind, name and figures. */
export type FoldRow =
  | ['sku', string, Pick<SkuFold, 'onHand' | 'reserved' | 'sold' | 'held' | 'last'>]
  | ['hold', string, Pick<HoldFold, 'sku' | 'quantity' | 'owner' | 'since' | 'ownedSince'>]
  | ['order', string, Pick<OrderFold, 'list' | 'units' | 'returned' | 'since'>]
  | ['violation', string, Violation];

/**
 * Derives the state from the ledger alone: applies every entry, and checks it against the entries before it. Its size
 * grows with the SKUs, the live holds and the stored orders, and not with the length of the ledger.
 */
export class LedgerFold {
  readonly skus = new Map<string, SkuFold>();
  readonly holds = new Map<string, HoldFold>();
  readonly orders = new Map<string, OrderFold>();
  readonly #totals = { received: new ExactSum(), sold: new ExactSum(), returned: new ExactSum() };
  readonly #findings: Findings;
  /** Violations by the entries themselves. A checkpoint contains them, so they stay known after a trim. */
  readonly #violated = new Findings();
  /** Units consumed for orders by the transaction that is being folded. The order is put after them. */
  #consumed: { sequence: number; units: Map<string, number> } = { sequence: 0, units: new Map() };

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(entry: LedgerEntry): void {
    if (entry.kind === 'document') this.#addEvent(entry);
    else this.#addMovement(entry);
  }

  sku(sku: string): SkuFold {
    const known = this.skus.get(sku);
    if (known) return known;
    const fresh = { onHand: 0, reserved: 0, sold: 0, held: 0, last: null, safetyStock: 0, isSeen: false };
    this.skus.set(sku, fresh);
    return fresh;
  }

  get totals(): LedgerTotals {
    const { received, sold, returned } = this.#totals;
    return { received: received.total, sold: sold.total, returned: returned.total };
  }

  restoreTotals({ received, sold, returned }: LedgerTotals): void {
    this.#totals.received.restore(received);
    this.#totals.sold.restore(sold);
    this.#totals.returned.restore(returned);
  }

  *rows(): Generator<FoldRow> {
    for (const [name, { onHand, reserved, sold, held, last }] of this.skus) {
      yield ['sku', name, { onHand, reserved, sold, held, last }];
    }
    for (const [name, { sku, quantity, owner, since, ownedSince }] of this.holds) {
      yield ['hold', name, { sku, quantity, owner, since, ownedSince }];
    }
    for (const [name, { list, units, returned, since }] of this.orders) {
      yield ['order', name, { list, units, returned, since }];
    }
    for (const violation of this.#violated.violations) yield ['violation', violation.rule, violation];
  }

  restore([kind, name, figures]: FoldRow): void {
    if (kind === 'sku') this.skus.set(name, { ...figures, safetyStock: 0, isSeen: false });
    else if (kind === 'hold') this.holds.set(name, { ...figures, isSeen: false, isReferenced: false });
    else if (kind === 'order') this.orders.set(name, { ...figures, isSeen: false });
    else this.#report(figures);
  }

  readonly #report = (violation: Violation): void => {
    this.#findings.add(violation);
    this.#violated.add(violation);
  };

  /** Called only for differences, because millions of movements have none. */
  #differs(rule: string, sku: string, found: string | number | null, expected: string | number | null): void {
    this.#report({ rule, sku, found: String(found), expected: String(expected) });
  }

  #differsOnHold(sku: string, holdId: string, found: string | number, expected: string | number): void {
    this.#report({ rule: 'ledger_hold', sku, holdId, found: String(found), expected: String(expected) });
  }

  #addEvent({ id, key, list }: DocumentEvent): void {
    if (!isOrder(key)) return;
    const sequence = sequenceOf(id);
    const known = this.orders.get(key);
    const consumed = this.#consumed.sequence === sequence ? (this.#consumed.units.get(key) ?? 0) : 0;
    const from = known?.list ?? null;
    if (!isOrderEdge(from, list)) {
      this.#report({ rule: 'order_edge', found: `${key}: ${from} to ${list}`, expected: 'an edge of orders' });
    }
    if (list === null) this.orders.delete(key);
    else if (known) Object.assign(known, { list, since: sequence });
    else this.orders.set(key, { list, units: consumed, returned: 0, since: sequence, isSeen: false });
  }

  #addMovement(movement: Movement): void {
    const { id, kind, sku, quantity, holdId, onHand, reserved } = movement;
    const fold = this.sku(sku);
    if (movement.previous !== fold.last) this.#differs('ledger_chain', sku, movement.previous, fold.last);
    if (onHand.before !== fold.onHand) this.#differs('ledger_chain', sku, onHand.before, fold.onHand);
    if (reserved.before !== fold.reserved) this.#differs('ledger_chain', sku, reserved.before, fold.reserved);
    const [onHandDelta, reservedDelta] = [onHand.after - onHand.before, reserved.after - reserved.before];
    const [onHandDue, reservedDue] = [onHandChange(kind, quantity, onHandDelta !== 0), reservedChange(kind, quantity)];
    if (onHandDelta !== onHandDue) this.#differs('ledger_arithmetic', sku, onHandDelta, onHandDue);
    if (reservedDelta !== reservedDue) this.#differs('ledger_arithmetic', sku, reservedDelta, reservedDue);
    // A gap is reported once. From here on the fold follows the values of this entry.
    fold.onHand = onHand.after;
    fold.reserved = reserved.after;
    fold.sold += soldChange(kind, quantity);
    fold.last = id;
    checkCounters(this.#report, sku, fold, LEDGER_COUNTERS);
    this.#addToTotals(movement);
    if (holdId !== null) this.#addToHold(movement, holdId, fold);
  }

  #addToTotals({ kind, quantity, cause: { orderId }, id }: Movement): void {
    if (kind === 'received') this.#totals.received.add(quantity);
    if (kind === 'returned') {
      this.#totals.returned.add(quantity);
      const order = orderId === undefined ? undefined : this.orders.get(orderKey(orderId));
      if (order) order.returned += quantity;
    }
    if (kind !== 'consumed') return;
    this.#totals.sold.add(quantity);
    if (orderId !== undefined) this.#addToOrder(orderKey(orderId), sequenceOf(id), quantity);
  }

  #addToOrder(key: string, sequence: number, units: number): void {
    const order = this.orders.get(key);
    if (order) {
      order.units += units;
      return;
    }
    if (this.#consumed.sequence !== sequence) this.#consumed = { sequence, units: new Map() };
    this.#consumed.units.set(key, (this.#consumed.units.get(key) ?? 0) + units);
  }

  #addToHold({ id, kind, sku, quantity, owner, reserved }: Movement, holdId: string, fold: SkuFold): void {
    const hold = this.holds.get(holdId);
    fold.held += reserved.after - reserved.before;
    if (kind === 'reserved') {
      if (hold) this.#differsOnHold(sku, holdId, 'reserved twice', 'new');
      const since = sequenceOf(id);
      const born = { sku, quantity, owner: owner ?? '', since, ownedSince: since, isSeen: false, isReferenced: false };
      this.holds.set(holdId, born);
      return;
    }
    if (hold?.sku !== sku) this.#differsOnHold(sku, holdId, hold ? hold.sku : `${kind} while not live`, sku);
    if (!hold) return;
    if (kind === 'resized') hold.quantity += quantity;
    else if (quantity !== hold.quantity) this.#differsOnHold(sku, holdId, quantity, hold.quantity);
    if (kind === 'released' || kind === 'expired' || kind === 'consumed') this.holds.delete(holdId);
    else if (owner !== null && owner !== hold.owner) {
      Object.assign(hold, { owner, ownedSince: sequenceOf(id), isReferenced: false });
    }
  }
}

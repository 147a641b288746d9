import { committedChange, onHandChange, reservedChange, soldChange } from '../../domain/movement-kinds.ts';
import type { OrderStatus } from '../../domain/order-states.ts';
import type { DocumentEvent, LedgerEntry, Movement, MovementId } from '../../domain/records.ts';
import { isOrderEdge } from '../../domain/order-states.ts';
import { type KitComponent, kitHoldOf, kitOwner, partHoldId } from '../../domain/kits.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { isOrder, orderKey } from '../../transact/documents/names.ts';
import type { LedgerTotals, Violation } from '../../contract/outputs/admin-outputs.ts';
import { COMMITTED_ONLY, ENDS, type HoldFold, NEW_HOLD, newHold, OF_BOTH } from './hold-fold.ts';
import { checkCounters, Findings, LEDGER_COUNTERS } from './findings.ts';
import { isDispatch, LedgerSums, type StoredTotals } from './ledger-sums.ts';

/** The state of a SKU according to the ledger. */
export interface SkuFold {
  onHand: number;
  reserved: number;
  committed: number;
  backordered: number;
  sold: number;
  /** The sums of the SKU's holds that are held or pinned, and of its committed ones. */
  held: number;
  promised: number;
  last: MovementId | null;
  /** Set from the record, because the ledger does not contain them. */
  safetyStock: number;
  backorderLimit: number | null;
  /** The components of a kit; null for any other SKU. */
  components: readonly KitComponent[] | null;
  isSeen: boolean;
}

type SkuFigure = 'onHand' | 'reserved' | 'committed' | 'backordered' | 'sold' | 'held' | 'promised';

const NO_FIGURES: Pick<SkuFold, SkuFigure> = {
  onHand: 0,
  reserved: 0,
  committed: 0,
  backordered: 0,
  sold: 0,
  held: 0,
  promised: 0,
};
const UNSEEN: Omit<SkuFold, SkuFigure | 'last'> = {
  safetyStock: 0,
  backorderLimit: null,
  components: null,
  isSeen: false,
};
/** The state of an order in a list according to the ledger. */
export interface OrderFold {
  list: OrderStatus;
  /** Units sold for the order, and units of those that were dispatched and that were returned. */
  units: number;
  dispatched: number;
  returned: number;
  since: number;
  isSeen: boolean;
}

/** A record of a fold in a checkpoint: kind, name and figures. */
export type FoldRow =
  | ['sku', string, Pick<SkuFold, SkuFigure | 'last'>]
  | [
      'hold',
      string,
      Pick<HoldFold, 'sku' | 'quantity' | 'backordered' | 'owner' | 'isCommitted' | 'since' | 'ownedSince'>,
    ]
  | ['order', string, Pick<OrderFold, 'list' | 'units' | 'dispatched' | 'returned' | 'since'>]
  | ['violation', string, Violation];

/**
 * Derives the state from the ledger alone: applies every entry, and checks it against the entries before it. Its size
 * grows with the SKUs, the live holds and the stored orders, and not with the length of the ledger.
 */
export class LedgerFold {
  readonly skus = new Map<string, SkuFold>();
  readonly holds = new Map<string, HoldFold>();
  readonly orders = new Map<string, OrderFold>();
  readonly #sums = new LedgerSums();
  readonly #findings: Findings;
  /** Violations by the entries themselves. A checkpoint contains them, so they stay known after a trim. */
  readonly #violated = new Findings();
  /** Units sold for orders by the transaction that is being folded. The order is put after them. */
  #sold: { sequence: number; units: Map<string, OrderUnits> } = { sequence: 0, units: new Map() };

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
    const fresh = { ...NO_FIGURES, ...UNSEEN, last: null };
    this.skus.set(sku, fresh);
    return fresh;
  }

  get totals(): LedgerTotals {
    return this.#sums.totals;
  }

  /** Continues from the totals of a checkpoint whose rows are restored. */
  restoreTotals(stored: StoredTotals): void {
    this.#sums.restore(stored, this.skus.values());
  }

  *rows(): Generator<FoldRow> {
    for (const [name, { safetyStock: _, backorderLimit: _b, components: _c, isSeen: _s, ...figures }] of this.skus)
      yield ['sku', name, figures];
    for (const [name, { isSeen: _, isReferenced: _referenced, ...figures }] of this.holds)
      yield ['hold', name, figures];
    for (const [name, { isSeen: _, ...figures }] of this.orders) yield ['order', name, figures];
    for (const violation of this.#violated.violations) yield ['violation', violation.rule, violation];
  }

  restore([kind, name, figures]: FoldRow): void {
    // A checkpoint of an older version has no committed and no backordered units.
    if (kind === 'sku') this.skus.set(name, { ...NO_FIGURES, ...figures, ...UNSEEN });
    else if (kind === 'hold') this.holds.set(name, { ...NEW_HOLD, ...figures, isSeen: false, isReferenced: false });
    else if (kind === 'order')
      this.orders.set(name, { ...figures, dispatched: figures.dispatched ?? figures.units, isSeen: false });
    else this.#report(figures);
  }

  readonly #report = (violation: Violation): void => {
    this.#findings.add(violation);
    this.#violated.add(violation);
  };

  /** Reports a difference. The comparison is left to the callers, because millions of movements have none. */
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
    const sold = this.#sold.sequence === sequence ? this.#sold.units.get(key) : undefined;
    const from = known?.list ?? null;
    if (!isOrderEdge(from, list)) {
      this.#report({ rule: 'order_edge', found: `${key}: ${from} to ${list}`, expected: 'an edge of orders' });
    }
    if (list === null) this.orders.delete(key);
    else if (known) Object.assign(known, { list, since: sequence });
    else this.orders.set(key, { ...(sold ?? NO_UNITS), list, since: sequence, isSeen: false });
  }

  #addMovement(movement: Movement): void {
    const { id, kind, sku, quantity, holdId, onHand, reserved, committed, backordered } = movement;
    const fold = this.sku(sku);
    if (movement.previous !== fold.last) this.#differs('ledger_chain', sku, movement.previous, fold.last);
    if (onHand.before !== fold.onHand) this.#differs('ledger_chain', sku, onHand.before, fold.onHand);
    if (reserved.before !== fold.reserved) this.#differs('ledger_chain', sku, reserved.before, fold.reserved);
    if (committed.before !== fold.committed) this.#differs('ledger_chain', sku, committed.before, fold.committed);
    if (backordered.before !== fold.backordered)
      this.#differs('ledger_chain', sku, backordered.before, fold.backordered);
    const onHandDelta = onHand.after - onHand.before;
    this.#checkDelta(sku, onHandDelta, onHandChange(kind, quantity, onHandDelta !== 0));
    this.#checkDelta(sku, reserved.after - reserved.before, reservedChange(kind, quantity));
    this.#checkDelta(sku, committed.after - committed.before, committedChange(kind, quantity));
    // A gap is reported once. From here on the fold follows the values of this entry.
    fold.onHand = onHand.after;
    fold.reserved = reserved.after;
    fold.committed = committed.after;
    fold.backordered = backordered.after;
    fold.sold += soldChange(kind, quantity);
    fold.last = id;
    checkCounters(this.#report, sku, fold, LEDGER_COUNTERS);
    this.#addToTotals(movement);
    if (holdId !== null) this.#addToHold(movement, holdId, fold);
    else this.#checkDelta(sku, backordered.after - backordered.before, 0);
  }

  #checkDelta(sku: string, delta: number, due: number): void {
    if (delta !== due) this.#differs('ledger_arithmetic', sku, delta, due);
  }

  /**
   * Adds a movement to the totals, which have the units of components instead of those of kits. Orders have those of
   * kits.
   */
  #addToTotals(movement: Movement): void {
    const { kind, quantity, cause, id } = movement;
    const { orderId } = cause;
    const returned = kind === 'returned' ? quantity : 0;
    const units = soldChange(kind, quantity) + returned;
    const dispatched = isDispatch(kind) ? quantity : 0;
    const isSale = units !== 0 || returned !== 0 || dispatched !== 0;
    if (!isSale || !this.#isOfKit(movement)) this.#sums.add(movement);
    if (orderId === undefined || !isSale || isOfComponent(movement)) return;
    addOrderUnits(this.#unitsOf(orderKey(orderId), sequenceOf(id)), { units, dispatched, returned });
  }

  /** Whether a movement of sold units is that of a kit, and not of its components. */
  #isOfKit({ sku, holdId, owner }: Movement): boolean {
    return holdId === null ? owner === kitOwner(sku) : this.holds.has(partHoldId(holdId, 0));
  }

  /** Returns the units of an order, which may be put later in the same transaction. */
  #unitsOf(key: string, sequence: number): OrderUnits {
    const order = this.orders.get(key);
    if (order) return order;
    if (this.#sold.sequence !== sequence) this.#sold = { sequence, units: new Map() };
    const known = this.#sold.units.get(key) ?? { ...NO_UNITS };
    this.#sold.units.set(key, known);
    return known;
  }

  #addToHold(movement: Movement, holdId: string, fold: SkuFold): void {
    const { id, kind, sku, quantity, owner, reserved, committed, backordered } = movement;
    const hold = this.holds.get(holdId);
    fold.held += reserved.after - reserved.before;
    fold.promised += committed.after - committed.before;
    if (kind === 'reserved') {
      if (hold) this.#differsOnHold(sku, holdId, 'reserved twice', 'new');
      const born = newHold(movement);
      this.holds.set(holdId, born);
      this.#checkBackordered(movement, holdId, quantity, born);
      return;
    }
    if (hold?.sku !== sku) this.#differsOnHold(sku, holdId, hold ? hold.sku : `${kind} while not live`, sku);
    if (!hold) return;
    if (COMMITTED_ONLY.has(kind) !== hold.isCommitted && !OF_BOTH.has(kind)) {
      this.#differsOnHold(
        sku,
        holdId,
        kind,
        hold.isCommitted ? 'a movement of a committed hold' : 'one of a held hold',
      );
    }
    hold.backordered += backordered.after - backordered.before;
    if (kind === 'resized' || kind === 'recommitted') hold.quantity += quantity;
    else if (kind === 'fulfilled' && quantity < hold.quantity) hold.quantity -= quantity;
    else if (kind !== 'filled') {
      if (quantity !== hold.quantity) this.#differsOnHold(sku, holdId, quantity, hold.quantity);
      if (ENDS.has(kind)) this.holds.delete(holdId);
    }
    this.#checkBackordered(movement, holdId, ENDS.has(kind) && !this.holds.has(holdId) ? 0 : hold.quantity, hold);
    if (kind === 'committed') hold.isCommitted = true;
    if (owner !== null && owner !== hold.owner) {
      Object.assign(hold, { owner, ownedSince: sequenceOf(id), isReferenced: false });
    }
  }

  /** Checks that a hold has from 0 to `most` backordered units, and that a fill lowers them by its units. */
  #checkBackordered(
    { kind, sku, quantity, backordered }: Movement,
    holdId: string,
    most: number,
    hold: HoldFold,
  ): void {
    const by = backordered.after - backordered.before;
    if (kind === 'filled' && by !== -quantity) this.#differs('ledger_arithmetic', sku, by, -quantity);
    if (hold.backordered >= 0 && hold.backordered <= most) return;
    this.#differsOnHold(sku, holdId, `${hold.backordered} backordered`, `0 to ${most}`);
  }
}

/** Whether a movement of sold units is that of a component of a kit. */
const isOfComponent = ({ sku, holdId, owner }: Movement): boolean =>
  holdId === null ? owner !== null && owner !== kitOwner(sku) : kitHoldOf(holdId) !== null;

export type OrderUnits = Pick<OrderFold, 'units' | 'dispatched' | 'returned'>;
const NO_UNITS: OrderUnits = { units: 0, dispatched: 0, returned: 0 };

function addOrderUnits(to: OrderUnits, { units, dispatched, returned }: OrderUnits): void {
  to.units += units;
  to.dispatched += dispatched;
  to.returned += returned;
}

import type { Faults } from './faults.ts';
import { LINE_QUANTITY_MAX, totalOf } from './goods.ts';
import {
  type Before,
  type Change,
  type ChangeKind,
  follows,
  isConsistent,
  isSoldStatus,
  type KnownOrder,
  type Line,
  type LineState,
  lineState,
  type Order,
  type Status,
  type Units,
} from './known-order.ts';
import type { Who } from './wire.ts';

/**
 * All orders that any answer has shown. Later answers have to agree with what was known before their request, and what
 * they say of a line has to be true of its movements in the ledger (`LineHistories`).
 */
export class OrderBook {
  readonly orders = new Map<string, KnownOrder>();
  /** The calls that change lines of sold orders, by name. */
  readonly changes = new Map<string, Change>();
  readonly #faults: Faults;
  readonly #mayLeaveAtSale: boolean;
  #now = 0;

  constructor(faults: Faults, { mayLeaveAtSale }: { mayLeaveAtSale: boolean }) {
    this.#faults = faults;
    this.#mayLeaveAtSale = mayLeaveAtSale;
  }

  born(order: Order, who: Who, customer: string): void {
    const { orderId, status } = order;
    const known = this.orders.get(orderId);
    if (known) {
      this.#faults.unless(known.who.session === who.session, () => `${orderId} belongs to two sessions`);
    } else {
      const isNew = status === 'awaiting_payment' || status === 'placed';
      this.#faults.unless(isNew, () => `a new order: ${JSON.stringify(order)}`);
      const units = { returned: new Map<string, number>(), restocked: new Map<string, number>() };
      const sale = { isSold: false, leftAtSale: null };
      this.orders.set(orderId, { first: order, latest: order, who, customer, status, ...sale, ...units, claims: [] });
    }
    this.seen(order, { status, at: 0 });
  }

  /** What is known before a request. Its answer must not be older. */
  before(orderId: string): Before {
    return { status: this.orders.get(orderId)?.status ?? 'awaiting_payment', at: this.#tick() };
  }

  /** Checks an order in an answer. `before` is what was known at the request. */
  seen(order: Order, before: Before): void {
    const { orderId, status, total, lines } = order;
    const known = this.orders.get(orderId);
    if (!known) return;
    const about = (what: string) => () => `${orderId}: ${what}: ${JSON.stringify(order)}`;
    this.#faults.unless(
      withoutUnits(lines) === withoutUnits(known.first.lines),
      about('the lines are not those of the beginning'),
    );
    this.#faults.unless(JSON.stringify(total) === JSON.stringify(totalOf(lines)), about('the total is not the sum'));
    this.#faults.unless(order.createdAt === known.first.createdAt, about('it was created at another time'));
    const hasDeadline = order.payBefore !== undefined;
    this.#faults.unless(hasDeadline === (status === 'awaiting_payment'), about('payBefore does not fit'));
    this.#faults.unless(isConsistent(order), about('the lines do not fit the status'));
    this.#seenSold(known, order);
    for (const line of lines) this.#seenLine(known, line, order, before);
    known.latest = order;
    this.reached(orderId, status, before);
  }

  /** Records that an answer reports this state, whatever else it contains. */
  reached(orderId: string, status: Status, { status: before }: Pick<Before, 'status'>): void {
    const known = this.orders.get(orderId);
    if (!known) return;
    const { leftAtSale } = known;
    this.#faults.unless(follows(before, status, leftAtSale), () => `${orderId} was ${before}, and then ${status}`);
    if (isSoldStatus(status)) known.isSold = true;
    // An answer that is older than the latest.
    if (follows(status, known.status, leftAtSale)) return;
    const isLater = follows(known.status, status, leftAtSale);
    this.#faults.unless(isLater, () => `${orderId} is both ${known.status} and ${status}`);
    known.status = status;
  }

  /** Records that all units of a sold order left the stock at its sale, or that they did not. */
  sold(orderId: string, leftAtSale: boolean): void {
    const known = this.orders.get(orderId);
    if (!known) return;
    known.isSold = true;
    this.#faults.unless(!leftAtSale || this.#mayLeaveAtSale, () => `the units of ${orderId} left at its sale`);
    const isSame = known.leftAtSale === null || known.leftAtSale === leftAtSale;
    this.#faults.unless(isSame, () => `the units of ${orderId} both left at its sale and did not`);
    known.leftAtSale = leftAtSale;
  }

  /** Begins a call that changes lines. The name is to be its reason or reference, by which the ledger refers to it. */
  begin(kind: ChangeKind, orderId: string, lines: readonly Units[] | null, { restock = false } = {}): Change {
    const name = `${kind}-${this.changes.size}`;
    const units = lines && new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
    const change = { name, kind, orderId, units, restock, sent: this.#tick(), done: Number.POSITIVE_INFINITY };
    this.changes.set(name, change);
    return change;
  }

  acknowledge(change: Change): void {
    change.done = this.#tick();
    const known = this.orders.get(change.orderId);
    if (!known || change.kind !== 'return') return;
    for (const [sku, quantity] of change.units ?? []) {
      known.returned.set(sku, (known.returned.get(sku) ?? 0) + quantity);
      if (change.restock) known.restocked.set(sku, (known.restocked.get(sku) ?? 0) + quantity);
    }
  }

  /** Records what an answer implies of a line: at some time between the request and now. */
  claim(orderId: string, sku: string, sent: number, about: () => string, holds: (line: LineState) => boolean): void {
    this.orders.get(orderId)?.claims.push({ sku, sent, answered: this.#tick(), about, holds });
  }

  #seenSold({ first }: KnownOrder, { orderId, status, lines }: Order): void {
    const toDispatch = lines.some(({ fulfilled }) => fulfilled !== undefined);
    if (toDispatch || isSoldStatus(status)) this.sold(orderId, !toDispatch);
    const isSame = toDispatch || lines.every(({ quantity }, index) => quantity === first.lines[index]?.quantity);
    this.#faults.unless(isSame, () => `${orderId} has other units than in the beginning: ${JSON.stringify(lines)}`);
  }

  #seenLine({ first }: KnownOrder, line: Line, order: Order, before: Before): void {
    const { sku, quantity, returned } = line;
    const { orderId, status } = order;
    const seen = lineState(line, status);
    const about = () => `${sku} in ${JSON.stringify(order)}`;
    const canBe = returned >= 0 && returned <= seen.fulfilled && seen.fulfilled <= quantity;
    this.#faults.unless(canBe && quantity <= LINE_QUANTITY_MAX, () => `a line cannot be: ${about()}`);
    const isFirst = order === first;
    if (!isFirst) this.claim(orderId, sku, before.at, about, (state) => isSameState(state, seen));
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }
}

const withoutUnits = (lines: readonly Line[]): string =>
  JSON.stringify(lines.map(({ quantity: _, fulfilled: __, returned: ___, ...line }) => line));

const isSameState = (a: LineState, b: LineState): boolean =>
  a.quantity === b.quantity && a.fulfilled === b.fulfilled && a.returned === b.returned;

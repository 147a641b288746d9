import type { OutputOf } from '../http-caller.ts';
import type { Faults } from './faults.ts';
import { LINE_QUANTITY_MAX } from './goods.ts';
import { type Change, type Claim, type LineState, lineState, type Order } from './known-order.ts';
import type { OrderBook } from './order-book.ts';

type Movement = OutputOf<'stock.history'>['movements'][number];

/** The state of a line after a movement, and the call that caused it. Null: the order itself, or its sale. */
interface Entry {
  state: LineState;
  change: Change | null;
}

interface History {
  isSold: boolean;
  entries: Entry[];
}

const SALES: ReadonlySet<string> = new Set(['committed', 'consumed'] satisfies Movement['kind'][]);
const CHANGES: ReadonlySet<string> = new Set([
  'fulfilled',
  'uncommitted',
  'recommitted',
  'returned',
] satisfies Movement['kind'][]);

/**
 * The states that each line of an order had, replayed from the ledger. Each movement has to be the effect of exactly
 * one acknowledged call, and each answer has to be true at some time between its request and its arrival.
 */
export class LineHistories {
  readonly #faults: Faults;
  readonly #book: OrderBook;
  readonly #histories = new Map<string, History>();
  readonly #effects = new Set<string>();

  constructor({ faults, orders }: { faults: Faults; orders: OrderBook }) {
    this.#faults = faults;
    this.#book = orders;
  }

  /** Adds the movements of a SKU, oldest first. */
  add(movement: Movement): void {
    const { kind, sku, quantity, orderId } = movement;
    if (!SALES.has(kind) && !CHANGES.has(kind)) return;
    const about = (what: string) => () => `${what}: ${JSON.stringify(movement)}`;
    const history = this.#of(orderId ?? '', sku);
    if (!history) return this.#faults.add(about('of no line of an order')());
    const { state } = history.entries.at(-1)!;
    if (SALES.has(kind)) {
      this.#faults.unless(!history.isSold && quantity === state.quantity, about('another sale'));
      history.isSold = true;
      history.entries.push({ state: stateAfter(state, movement), change: null });
      return;
    }
    const change = this.#causeOf(movement);
    const next = stateAfter(state, movement);
    this.#faults.unless(change !== undefined && isEffect(change, movement, next), about('no call explains it'));
    this.#faults.unless(history.isSold, about('it was never sold'));
    const { quantity: sold, fulfilled, returned } = next;
    const canBe = returned <= fulfilled && fulfilled <= sold && sold <= LINE_QUANTITY_MAX && quantity !== 0;
    this.#faults.unless(canBe, about(`a line cannot be ${JSON.stringify(next)}`));
    if (!change) return;
    const isEarly = history.entries.some((entry) => (entry.change?.sent ?? 0) > change.done);
    this.#faults.unless(!isEarly, about('it was over before an earlier movement was requested'));
    this.#faults.unless(!this.#effects.has(`${change.name} ${sku}`), about('a second effect of one call'));
    for (const label of [change.name, `${change.name} ${sku}`]) this.#effects.add(label);
    history.entries.push({ state: next, change });
  }

  /** The last state of a line. An order that was never sold has no units. */
  units(orderId: string, sku: string): LineState {
    const history = this.#histories.get(`${orderId} ${sku}`);
    return history?.isSold ? history.entries.at(-1)!.state : { quantity: 0, fulfilled: 0, returned: 0 };
  }

  /** Compares the calls, the answers and the orders on record with the ledger. Call it after all movements. */
  check(kept: readonly Order[]): void {
    for (const change of this.#book.changes.values()) this.#checkChange(change);
    for (const { first, claims } of this.#book.orders.values()) {
      for (const claim of claims) this.#checkClaim(first.orderId, claim);
    }
    for (const order of kept) this.#checkKept(order);
  }

  #of(orderId: string, sku: string): History | undefined {
    const known = this.#histories.get(`${orderId} ${sku}`);
    if (known) return known;
    const line = this.#book.orders.get(orderId)?.first.lines.find((each) => each.sku === sku);
    if (!line) return undefined;
    const state = { quantity: line.quantity, fulfilled: 0, returned: 0 };
    const history = { isSold: false, entries: [{ state, change: null }] };
    this.#histories.set(`${orderId} ${sku}`, history);
    return history;
  }

  #causeOf({ kind, orderId, cause }: Movement): Change | undefined {
    const change = this.#book.changes.get((kind === 'fulfilled' ? cause.reference : cause.reason) ?? '');
    return change?.orderId === orderId && Number.isFinite(change?.done) ? change : undefined;
  }

  /** An acknowledged call has its effect. Only a new quantity may have been the present one. */
  #checkChange({ name, kind, orderId, units, sent, done }: Change): void {
    if (!Number.isFinite(done)) return;
    const about = () => `${name} of ${orderId} was acknowledged, and has no effect`;
    if (kind !== 'set') this.#faults.unless(this.#effects.has(name), about);
    for (const [sku, quantity] of units ?? []) {
      const holds = (line: LineState) => line.quantity === quantity;
      if (kind === 'set') this.#checkClaim(orderId, { sku, sent, answered: done, about, holds });
      else this.#faults.unless(this.#effects.has(`${name} ${sku}`), about);
    }
  }

  #checkClaim(orderId: string, { sku, sent, answered, about, holds }: Claim): void {
    const entries = this.#of(orderId, sku)?.entries ?? [];
    const from = entries.findLastIndex(({ change }) => change !== null && change.done < sent);
    const to = entries.findIndex(({ change }) => change !== null && change.sent > answered);
    const possible = entries.slice(Math.max(0, from), to < 0 ? undefined : to);
    const isTrue = possible.some(({ state }) => holds(state));
    this.#faults.unless(isTrue, () => `the line was ${JSON.stringify(possible.map(({ state }) => state))}: ${about()}`);
  }

  #checkKept({ orderId, status, lines, trackingReferences = [] }: Order): void {
    const about = (what: string) => () => `${orderId}, ${status}: ${what}`;
    for (const line of lines) {
      const found = JSON.stringify(lineState(line, status));
      const expected = JSON.stringify(this.#of(orderId, line.sku)?.entries.at(-1)?.state);
      this.#faults.unless(found === expected, about(`${line.sku} is ${found}, by its movements ${expected}`));
    }
    const parcels = [...this.#book.changes.values()]
      .filter((change) => change.orderId === orderId && change.kind === 'fulfil' && Number.isFinite(change.done))
      .map(({ name }) => name);
    const isSame = JSON.stringify(parcels.sort()) === JSON.stringify(trackingReferences.toSorted());
    this.#faults.unless(isSame, about(`${trackingReferences.join()} instead of the parcels ${parcels.join()}`));
  }
}

function stateAfter(state: LineState, { kind, quantity }: Movement): LineState {
  if (kind === 'consumed') return { ...state, fulfilled: quantity };
  if (kind === 'fulfilled') return { ...state, fulfilled: state.fulfilled + quantity };
  if (kind === 'uncommitted') return { ...state, quantity: state.quantity - quantity };
  if (kind === 'recommitted') return { ...state, quantity: state.quantity + quantity };
  if (kind === 'returned') return { ...state, returned: state.returned + quantity };
  return state;
}

/** Returns whether a movement is what the call requested. `after` is the line after it. */
function isEffect({ kind: change, units }: Change, { kind, sku, quantity }: Movement, after: LineState): boolean {
  const requested = units?.get(sku);
  if (change === 'fulfil') {
    return kind === 'fulfilled' && (units === null ? after.fulfilled === after.quantity : quantity === requested);
  }
  if (change === 'return') return kind === 'returned' && quantity === requested;
  if (kind !== 'uncommitted' && kind !== 'recommitted') return false;
  if (change === 'set') return after.quantity === requested;
  return (kind === 'uncommitted' ? quantity : -quantity) === requested;
}

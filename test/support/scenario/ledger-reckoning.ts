import { type HttpCaller, must, type OutputOf } from '../http-caller.ts';
import type { Faults } from './faults.ts';
import { limitOf } from './goods.ts';
import type { KnownOrder } from './known-order.ts';
import type { LineHistories } from './line-histories.ts';
import type { Scene } from './scene.ts';

type Movement = OutputOf<'stock.history'>['movements'][number];

const PAGE = 500;

/** All movements of a SKU, oldest first, through all pages. */
async function movementsOf(caller: HttpCaller, sku: string): Promise<Movement[]> {
  const movements: Movement[] = [];
  for (let cursor: string | undefined; ; ) {
    const input = { sku, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = must(await caller.asOperator().query('stock.history', input));
    movements.push(...page.movements);
    cursor = page.nextCursor;
    if (cursor === undefined) return movements.reverse();
  }
}

type Effect = [onHand: number, reserved: number, committed: number];

/** The effect of each kind of movement on the units on hand, the reserved units and the committed ones. */
function effectOf({ kind, quantity, onHand }: Movement): Effect {
  if (kind === 'received' || kind === 'adjusted' || kind === 'counted') return [quantity, 0, 0];
  if (kind === 'reserved' || kind === 'resized') return [0, quantity, 0];
  if (kind === 'released' || kind === 'expired') return [0, -quantity, 0];
  if (kind === 'consumed') return [-quantity, -quantity, 0];
  if (kind === 'committed') return [0, -quantity, quantity];
  if (kind === 'fulfilled') return [-quantity, 0, -quantity];
  if (kind === 'uncommitted') return [0, 0, -quantity];
  if (kind === 'recommitted') return [0, 0, quantity];
  if (kind === 'returned') return [onHand.after === onHand.before ? 0 : quantity, 0, 0];
  return [0, 0, 0];
}

/** The effect of each kind on the units that a customer has bought. */
const BOUGHT: Partial<Record<Movement['kind'], 1 | -1>> = {
  consumed: 1,
  committed: 1,
  recommitted: 1,
  uncommitted: -1,
  returned: -1,
};

interface LiveHold {
  quantity: number;
  isCommitted: boolean;
}

/** Movements of holds that were sold. All others are of holds that were not. */
const OF_SOLD: ReadonlySet<string> = new Set(['fulfilled', 'uncommitted', 'recommitted'] satisfies Movement['kind'][]);

/** Recomputes one SKU from its ledger alone. The answers have to explain every unit that comes or goes. */
export class LedgerReckoning {
  readonly sku: string;
  readonly #faults: Faults;
  readonly #orders: ReadonlyMap<string, KnownOrder>;
  readonly #held = new Map<string, LiveHold>();
  readonly #units = new Map<string, number>();
  readonly #bought = new Map<string, number>();
  /** The holds that have ended, each with the kind of its last movement. */
  readonly ended = new Map<string, Movement['kind']>();
  onHand = 0;
  reserved = 0;
  committed = 0;

  constructor(sku: string, { faults, orders }: Scene) {
    this.sku = sku;
    this.#faults = faults;
    this.#orders = orders.orders;
  }

  /** Units of one kind, of the whole SKU or of one order of it. */
  units(kind: Movement['kind'], orderId = ''): number {
    return this.#units.get(`${kind} ${orderId}`) ?? 0;
  }

  /** Orders that the ledger names, each with the kind of its movement. */
  get labels(): string[] {
    return [...this.#units.keys()];
  }

  /** Live holds: those that are sold, or the others. */
  holds(which: { isCommitted: boolean }): string[] {
    return [...this.#held].filter(([, hold]) => hold.isCommitted === which.isCommitted).map(([holdId]) => holdId);
  }

  add(movement: Movement): void {
    const { kind, quantity, onHand, reserved, committed, orderId = '' } = movement;
    const about = (what: string) => () => `${this.sku}: ${what}: ${JSON.stringify(movement)}`;
    const spans = [onHand, reserved, committed];
    const present = [this.onHand, this.reserved, this.committed];
    const isChained = spans.every(({ before }, index) => before === present[index]);
    this.#faults.unless(isChained, about(`${present.join(', ')} on hand, reserved and committed before`));
    const effect = effectOf(movement);
    const isSum = spans.every(({ before, after }, index) => after === before + (effect[index] ?? 0));
    this.#faults.unless(isSum, about('before and after are not the quantity apart'));
    const areThere = reserved.after >= 0 && committed.after >= 0 && reserved.after + committed.after <= onHand.after;
    this.#faults.unless(areThere, about('more reserved and committed than there are'));
    [this.onHand, this.reserved, this.committed] = [onHand.after, reserved.after, committed.after];
    for (const label of new Set([`${kind} `, `${kind} ${orderId}`])) {
      this.#units.set(label, (this.#units.get(label) ?? 0) + quantity);
    }
    if (kind === 'returned' && effect[0] > 0) this.#units.set('restocked ', this.restocked + quantity);
    this.#countForCustomer(movement);
    if (movement.holdId !== undefined) this.#addToHold(movement, movement.holdId, about);
  }

  get restocked(): number {
    return this.#units.get('restocked ') ?? 0;
  }

  /** At no moment had a customer bought, and not returned, more than their limit. */
  #countForCustomer({ kind, quantity, orderId = '' }: Movement): void {
    const limit = limitOf(this.sku);
    const customer = this.#orders.get(orderId)?.customer;
    const sign = BOUGHT[kind];
    if (customer === undefined || limit === null || sign === undefined) return;
    const bought = (this.#bought.get(customer) ?? 0) + sign * quantity;
    this.#bought.set(customer, bought);
    this.#faults.unless(bought <= limit, () => `${this.sku}: ${customer} has bought ${bought} of at most ${limit}`);
  }

  /** Each hold was reserved once, ended once, and always has the size of its last change. */
  #addToHold({ kind, quantity }: Movement, holdId: string, about: (what: string) => () => string): void {
    const held = this.#held.get(holdId);
    if (kind === 'reserved') {
      this.#faults.unless(held === undefined && !this.ended.has(holdId), about('reserved twice'));
      this.#held.set(holdId, { quantity, isCommitted: false });
      return;
    }
    this.#faults.unless(held !== undefined, about(this.ended.has(holdId) ? 'it has ended' : 'never reserved'));
    if (!held) return;
    this.#faults.unless(held.isCommitted === OF_SOLD.has(kind), about(held.isCommitted ? 'it is sold' : 'unsold'));
    if (kind === 'resized' || kind === 'recommitted') {
      held.quantity += quantity;
      return this.#faults.unless(held.quantity > 0, about('it holds nothing'));
    }
    const isFitting = kind === 'fulfilled' ? held.quantity >= quantity : held.quantity === quantity;
    this.#faults.unless(isFitting, about(`it holds ${held.quantity}`));
    if (kind === 'committed') held.isCommitted = true;
    if (kind === 'committed' || kind === 'pinned' || kind === 'transferred') return;
    held.quantity -= quantity;
    if (held.quantity > 0) return;
    this.#held.delete(holdId);
    this.ended.set(holdId, kind);
  }

  /** The units in live holds that are sold. */
  get unitsToDispatch(): number {
    return [...this.#held.values()].reduce((sum, hold) => sum + (hold.isCommitted ? hold.quantity : 0), 0);
  }
}

export async function reckonLedger(scene: Scene, sku: string, lines: LineHistories): Promise<LedgerReckoning> {
  const reckoning = new LedgerReckoning(sku, scene);
  for (const movement of await movementsOf(scene.shop.caller, sku)) {
    reckoning.add(movement);
    lines.add(movement);
  }
  return reckoning;
}

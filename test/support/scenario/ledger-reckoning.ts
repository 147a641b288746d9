import { type HttpCaller, must, type OutputOf } from '../http-caller.ts';
import type { Faults } from './faults.ts';
import { limitOf } from './goods.ts';
import type { KnownOrder } from './order-book.ts';
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

/** The effect of each kind of movement on the units on hand and on the reserved units. */
function effectOf({ kind, quantity, onHand }: Movement): [onHand: number, reserved: number] {
  if (kind === 'received' || kind === 'adjusted' || kind === 'counted') return [quantity, 0];
  if (kind === 'reserved' || kind === 'resized') return [0, quantity];
  if (kind === 'released' || kind === 'expired') return [0, -quantity];
  if (kind === 'consumed') return [-quantity, -quantity];
  if (kind === 'returned') return [onHand.after === onHand.before ? 0 : quantity, 0];
  return [0, 0];
}

/** Recomputes one SKU from its ledger alone. The answers have to explain every unit that comes or goes. */
export class LedgerReckoning {
  readonly sku: string;
  readonly #faults: Faults;
  readonly #orders: ReadonlyMap<string, KnownOrder>;
  readonly #held = new Map<string, number>();
  readonly #units = new Map<string, number>();
  readonly #bought = new Map<string, number>();
  readonly ended = new Set<string>();
  onHand = 0;
  reserved = 0;

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

  get liveHolds(): string[] {
    return [...this.#held.keys()];
  }

  add(movement: Movement): void {
    const { kind, quantity, onHand, reserved, orderId = '' } = movement;
    const about = (what: string) => () => `${this.sku}: ${what}: ${JSON.stringify(movement)}`;
    const isChained = onHand.before === this.onHand && reserved.before === this.reserved;
    this.#faults.unless(isChained, about(`${this.onHand} on hand and ${this.reserved} reserved before`));
    const [byOnHand, byReserved] = effectOf(movement);
    const isSum = onHand.after === onHand.before + byOnHand && reserved.after === reserved.before + byReserved;
    this.#faults.unless(isSum, about('before and after are not the quantity apart'));
    this.#faults.unless(reserved.after >= 0 && reserved.after <= onHand.after, about('more reserved than there are'));
    [this.onHand, this.reserved] = [onHand.after, reserved.after];
    for (const label of new Set([`${kind} `, `${kind} ${orderId}`])) {
      this.#units.set(label, (this.#units.get(label) ?? 0) + quantity);
    }
    if (kind === 'returned' && byOnHand > 0) this.#units.set('restocked ', this.restocked + quantity);
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
    if (customer === undefined || limit === null || (kind !== 'consumed' && kind !== 'returned')) return;
    const bought = (this.#bought.get(customer) ?? 0) + (kind === 'consumed' ? quantity : -quantity);
    this.#bought.set(customer, bought);
    this.#faults.unless(bought <= limit, () => `${this.sku}: ${customer} has bought ${bought} of at most ${limit}`);
  }

  /** Each hold was reserved once, ended once, and always has the size of its last change. */
  #addToHold({ kind, quantity }: Movement, holdId: string, about: (what: string) => () => string): void {
    const held = this.#held.get(holdId);
    if (kind === 'reserved') {
      this.#faults.unless(held === undefined && !this.ended.has(holdId), about('reserved twice'));
      this.#held.set(holdId, quantity);
      return;
    }
    this.#faults.unless(held !== undefined, about(this.ended.has(holdId) ? 'it has ended' : 'never reserved'));
    if (kind === 'resized') {
      this.#held.set(holdId, (held ?? 0) + quantity);
      return;
    }
    this.#faults.unless(held === quantity, about(`it holds ${held}`));
    if (kind === 'pinned' || kind === 'transferred') return;
    this.#held.delete(holdId);
    this.ended.add(holdId);
  }
}

export async function reckonLedger(scene: Scene, sku: string): Promise<LedgerReckoning> {
  const reckoning = new LedgerReckoning(sku, scene);
  for (const movement of await movementsOf(scene.shop.caller, sku)) reckoning.add(movement);
  return reckoning;
}

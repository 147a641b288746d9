import { isPartHold } from '../../../src/domain/kits.ts';
import { expect } from 'vitest';
import type { Result } from '../../../src/contract/calls/call.ts';
import { stockKey } from '../../../src/domain/stock-keys.ts';
import { createHoldfast, type Holdfast } from '../../../src/shop/holdfast.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Clock, Engine, Opened } from '../../support/engines.ts';
import { audited, OPERATOR, shopper, yes } from '../../support/shop.ts';
import { START } from '../../support/transactions.ts';
import { type CallPlan, SHOPPERS, SKUS, STOCKED } from './call-plans.ts';
import { type LocatedCall, makeCall } from './located-calls.ts';
import type { LocatedStep } from './located-plans.ts';
import { LIFE } from './place-carts.ts';
import { KIT, passTime, type PlaceHold, type PlaceShop } from './place-shop.ts';
import { fillAll } from './place-stock.ts';
import {
  expectedCart,
  expectedLevel,
  expectedOrder,
  expectedReservation,
  expectedTransfer,
  isExpected,
  observedCart,
  observedLevel,
  observedOrder,
  observedReservation,
  observedTransfer,
} from './place-views.ts';

export type LocatedFault = (holdfast: Holdfast) => Partial<Holdfast>;

const KIT_COMPONENTS = KIT.components.map(({ sku, perKit }) => ({ sku, quantity: perKit }));
/** Calls that create several holds at once. */
const MAKING_SEVERAL: ReadonlySet<string> = new Set(['place', 'reserve', 'pay']);
const SETTINGS = { sellAt: 'dispatch' as const, cacheMs: 0, ...LIFE };
/** The orders, reservations and transfers that are compared after each step; at the end all of them are. */
const RECENT = 4;

const same = (found: unknown, expected: unknown, what: string): void => expect(found, what).toEqual(expected);

/** The product on one store, with three locations, and the reference. */
export class LocatedWorld implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #opened: Opened;
  readonly #fault: LocatedFault;
  #holdfast!: Holdfast;
  /** The services of another process, if the engine supports several. */
  #other!: Holdfast;
  #reference = newShop();
  #keys = 0;
  /** The calls that were compared. */
  calls = 0;

  private constructor(parts: { clock: Clock; engine: Engine; opened: Opened; fault: LocatedFault }) {
    this.#clock = parts.clock;
    this.#engine = parts.engine;
    this.#opened = parts.opened;
    this.#fault = parts.fault;
  }

  /** Opens a world. `fault` replaces methods of the services with faulty ones. */
  static async open(engine: Engine, fault: LocatedFault = () => ({})): Promise<LocatedWorld> {
    const clock = { now: START };
    const world = new LocatedWorld({ clock, engine, opened: await engine.open(clock), fault });
    await world.#serve();
    await world.#supply();
    return world;
  }

  async #serve(): Promise<void> {
    const { store } = this.#opened;
    const second = this.#engine.multiProcess ? await this.#opened.another() : store;
    const serve = (on: Store): Holdfast => {
      const holdfast = createHoldfast({ store: on, settings: SETTINGS });
      return { ...holdfast, ...this.#fault(holdfast) };
    };
    [this.#holdfast, this.#other] = [serve(store), serve(second)];
  }

  async #supply(): Promise<void> {
    const { locations, stock } = this.#holdfast;
    const [, berlin, oslo] = this.#reference.places;
    yes(await locations.define({ id: 'berlin', title: 'Berlin', priority: berlin?.priority ?? 0 }, OPERATOR));
    yes(await locations.define({ id: 'oslo', title: 'Oslo', channels: [...(oslo?.channels ?? [])] }, OPERATOR));
    for (const sku of STOCKED) yes(await stock.define({ sku }, OPERATOR));
    for (const { sku, place, onHand, room } of this.#reference.stock) {
      if (onHand > 0) yes(await stock.receive({ sku, location: place, quantity: onHand }, OPERATOR));
      if (sku === KIT.sku) yes(await stock.define({ sku, location: place, components: KIT_COMPONENTS }, OPERATOR));
      if (room > 0) yes(await stock.define({ sku, location: place, backorderLimit: room }, OPERATOR));
    }
  }

  async perform(step: LocatedStep): Promise<void> {
    // No two holds of different calls begin in the same millisecond, except in a race.
    this.#clock.now += step.does === 'wait' ? step.byMs : 1;
    passTime(this.#reference, this.#clock.now);
    if (step.does === 'race') await this.#race(step.calls);
    else if (step.does === 'restart') await this.#restart();
    else if (step.does === 'sweep') await this.#sweep();
    else if (step.does === 'wait') return;
    else await this.#call(step);
    await this.#compare(RECENT);
  }

  async #sweep(): Promise<void> {
    await this.#holdfast.expiry.sweepNow();
    fillAll(this.#reference);
  }

  async #restart(): Promise<void> {
    await this.#holdfast.close();
    await this.#other.close();
    if (this.#engine.persistent) await this.#opened.reopen();
    await this.#serve();
  }

  readonly #nextKey = (): string => {
    this.#keys += 1;
    return `key-${this.#keys}`;
  };

  #made(plan: CallPlan): LocatedCall {
    this.calls += 1;
    return makeCall(plan, this.#reference, { key: this.#nextKey });
  }

  async #call(plan: CallPlan): Promise<void> {
    const { product, reference } = this.#made(plan);
    // It gives backorders the units that were free when it read the stock.
    if (plan.does === 'define') await this.#opened.store.reclaim({ limit: 1_000 });
    const result = await product(this.#holdfast);
    const answer = reference(this.#reference);
    if (!isExpected(result, answer)) same(result, answer, `the answer to ${plan.does}`);
    learnId(this.#reference, result);
    if (MAKING_SEVERAL.has(plan.does)) await this.#learnHolds();
  }

  /** Performs two concurrent calls. Answers and state have to be those of one of the two orders. */
  async #race(plans: readonly [CallPlan, CallPlan]): Promise<void> {
    const [one, two] = [this.#made(plans[0]), this.#made(plans[1])];
    await readLocations(this.#other);
    const results = await Promise.all([one.product(this.#holdfast), two.product(this.#other)]);
    await readLocations(this.#holdfast);
    const before = this.#reference;
    const errors: unknown[] = [];
    for (const order of [
      [one, two],
      [two, one],
    ]) {
      this.#reference = structuredClone(before);
      const answers = new Map(order.map((call) => [call, this.#answered(call, results[call === one ? 0 : 1])]));
      if ([...answers.values()].includes(false)) continue;
      try {
        return await this.#compare(RECENT).then(() => this.#learnHolds());
      } catch (error) {
        errors.push(error);
      }
    }
    throw new Error(`${plans.map((plan) => plan.does)}: ${JSON.stringify(results)} fit neither order`, {
      cause: errors[0],
    });
  }

  /** A call of a race may be refused `conflict`, which the documentation allows. Then it must have changed nothing. */
  #answered({ reference }: LocatedCall, result: Result<unknown>): boolean {
    if (!result.ok && result.refusal.reason === 'conflict') return true;
    const isSame = isExpected(result, reference(this.#reference));
    if (isSame) learnId(this.#reference, result);
    return isSame;
  }

  /** After a race, and if a kit and its component are sold together, ids decide which hold is the older one. */
  async #learnHolds(): Promise<void> {
    const { orders, reservations, carts, stock } = this.#reference;
    const named = new Map<string, readonly (PlaceHold | null)[]>([
      ...SHOPPERS.map((who) => [`cart:crt_${who}`, carts.get(who)?.holds ?? []] as const),
      ...orders.map(({ id, parts }) => [`order:${id}`, parts.map(({ hold }) => hold)] as const),
      ...reservations.map(({ id, parts }) => [`reservation:${id}`, parts.map(({ hold }) => hold)] as const),
    ]);
    for (const { sku, place } of stock) {
      const holds = await this.#opened.store.listHolds({ sku: stockKey(sku, place), limit: 500 });
      for (const { holdId, owner } of holds) {
        // A component has the part holds of its kits, too.
        const hold = isPartHold(holdId)
          ? null
          : named.get(owner)?.find((each) => each?.sku === sku && each.place === place);
        if (hold) hold.id = holdId;
      }
    }
  }

  /** Compares all levels and carts, and the newest orders, reservations and transfers. */
  async #compare(recent: number): Promise<void> {
    const shop = this.#reference;
    // A level has the backordered units of overdue holds until they are ended, which a read only requests.
    await this.#opened.store.reclaim({ limit: 1_000 });
    const { carts, orders, reservations, stock, transfers } = this.#holdfast;
    const compare = async <R, O, E>(found: Promise<Result<R>>, observed: (value: R) => O, expected: E, what: string) =>
      same(observed(yes(await found)), expected, what);
    await Promise.all([
      ...SKUS.map((sku) =>
        compare(stock.level({ sku }), observedLevel, expectedLevel(shop, sku), `the level of ${sku}`),
      ),
      ...SHOPPERS.map((who) => compare(carts.get({}, shopper(who)()), observedCart, expectedCart(shop, who), who)),
      ...shop.orders
        .slice(-recent)
        .map((one) =>
          compare(orders.get({ orderId: one.id }, OPERATOR), observedOrder, expectedOrder(one), `order ${one.id}`),
        ),
      ...shop.reservations
        .slice(-recent)
        .map((one) =>
          compare(reservations.get({ reservationId: one.id }), observedReservation, expectedReservation(one), one.id),
        ),
      ...shop.transfers
        .slice(-recent)
        .map((one) => compare(transfers.get({ transferId: one.id }), observedTransfer, expectedTransfer(one), one.id)),
    ]);
  }

  /** Compares everything, and requires a sound audit. */
  async settle(): Promise<void> {
    await this.#compare(Infinity);
    same((await audited(this.#holdfast)).violations, [], 'the audit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holdfast.close();
    await this.#other.close();
    await this.#opened[Symbol.asyncDispose]();
  }
}

/** A process reads the locations again if it does not know the one that a call names. */
const readLocations = ({ stock }: Holdfast) => stock.level({ sku: 'A', location: 'nowhere' });

/** Records the id that the product has given to what the call created. */
function learnId({ orders, reservations, transfers }: PlaceShop, result: Result<unknown>): void {
  if (!result.ok) return;
  const { orderId, reservationId, transferId } = result.value as Record<string, string | undefined>;
  const newest = { order: orders.at(-1), reservation: reservations.at(-1), transfer: transfers.at(-1) };
  if (orderId !== undefined && newest.order?.id === '') newest.order.id = orderId;
  if (reservationId !== undefined && newest.reservation?.id === '') newest.reservation.id = reservationId;
  if (transferId !== undefined && newest.transfer?.id === '') newest.transfer.id = transferId;
}

/** Three locations, one of them for a single channel. SKUs with backorders everywhere, at one place, and without. */
const newShop = (): PlaceShop => ({
  now: START,
  places: [
    { id: 'main', priority: 100, active: true, channels: null },
    { id: 'berlin', priority: 10, active: true, channels: null },
    { id: 'oslo', priority: 100, active: true, channels: ['web'] },
  ],
  stock: [
    { sku: 'A', place: 'main', onHand: 5, safety: 0, room: 5 },
    { sku: 'A', place: 'berlin', onHand: 4, safety: 0, room: 3 },
    { sku: 'A', place: 'oslo', onHand: 3, safety: 0, room: 9 },
    { sku: 'B', place: 'main', onHand: 6, safety: 0, room: 0 },
    { sku: 'B', place: 'berlin', onHand: 0, safety: 0, room: 6 },
    { sku: 'C', place: 'main', onHand: 9, safety: 0, room: 0 },
    { sku: 'C', place: 'oslo', onHand: 9, safety: 0, room: 4 },
    { sku: KIT.sku, place: 'main', onHand: 0, safety: 0, room: 0 },
    { sku: KIT.sku, place: 'oslo', onHand: 0, safety: 0, room: 0 },
  ],
  holds: [],
  carts: new Map(),
  orders: [],
  reservations: [],
  transfers: [],
});

import { OPERATOR, shopper } from '../support/shop.ts';
import type { Dice } from '../support/dice.ts';
import type { Caller } from '../../src/contract/calls/call.ts';
import type { Act, CallBook, Outcome, Wish } from './call-book.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { TTL_MS } from './simulated-process.ts';
import { POISON } from './simulated-store.ts';

export const SKUS = ['A', 'B'] as const;

/** What callers need of the world. */
export interface CallerWorld {
  dice: Dice;
  book: CallBook;
  /** Returns a process that runs. */
  process: () => SimulatedProcess;
  sleep: (lane: string, ms: number) => Promise<void>;
  found: (violation: string) => void;
}

const ATTEMPTS_MAX = 4;
const RETRY_MS_MAX = 300;
const PAUSE_MS_MAX = 600;
const EDGE_MS = 8;

/** Somebody who calls the shop, one wish after the other, and repeats what was not answered. */
abstract class SimulatedCaller {
  protected readonly world: CallerWorld;
  protected readonly name: string;
  readonly #caller: Caller;
  #keys = 0;

  constructor(world: CallerWorld, name: string, caller: Caller) {
    this.world = world;
    this.name = name;
    this.#caller = caller;
  }

  protected abstract act(): Promise<unknown>;

  async live(acts: number): Promise<void> {
    for (let n = 0; n < acts; n += 1) {
      await this.world.sleep(this.name, this.#pauseMs());
      await this.act();
    }
  }

  #pauseMs(): number {
    const { dice } = this.world;
    // Many calls come just before and just after the deadlines of the holds of the call before.
    if (dice.chance(0.15)) return TTL_MS + dice.between(-EDGE_MS, EDGE_MS);
    return dice.chance(0.4) ? dice.between(0, 3) : dice.between(0, PAUSE_MS_MAX);
  }

  protected key(): string {
    this.#keys += 1;
    return `${this.name}-key-${this.#keys}`;
  }

  protected maybeKey(): string | null {
    return this.world.dice.chance(0.5) ? this.key() : null;
  }

  /** Sends a wish until it has an answer, and sometimes again, or twice at once. Resolves with the value, or null. */
  protected async wish<T>(wish: Wish, act: Act<T>, answerOf?: (value: T) => string): Promise<T | null> {
    const { dice } = this.world;
    const isDouble = wish.key !== null && dice.chance(0.2);
    const both = await Promise.all([
      this.#send(wish, act, answerOf),
      ...(isDouble ? [this.#send(wish, act, answerOf)] : []),
    ]);
    if (wish.key !== null && wish.isAcknowledged && dice.chance(0.2)) await this.#send(wish, act, answerOf);
    return both.find((value) => value !== null) ?? null;
  }

  async #send<T>(wish: Wish, act: Act<T>, answerOf?: (value: T) => string): Promise<T | null> {
    const { book, dice } = this.world;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const outcome: Outcome<T> = await book.attempt(wish, this.world.process(), this.#caller, act);
      if (outcome.end === 'done') {
        if (answerOf) book.agree(wish, answerOf(outcome.value));
        return outcome.value;
      }
      if (outcome.end === 'refused') return null;
      if (outcome.end === 'unknown') {
        if (outcome.key === null) return null;
        wish.key = outcome.key;
      }
      await this.world.sleep(`${this.name}.retry${dice.between(1, 1_000_000)}`, dice.between(1, RETRY_MS_MAX));
    }
    return null;
  }
}

/** A shopper with a cart. */
export class CartCaller extends SimulatedCaller {
  #orders: string[] = [];

  constructor(world: CallerWorld, name: string) {
    super(world, name, shopper(name)().caller);
  }

  protected act(): Promise<unknown> {
    const { dice, book } = this.world;
    const sku = dice.pick(SKUS);
    const quantity = dice.between(1, 3);
    const wish = (name: string, makes: Wish['makes'] = null) => book.begin(name, { sku, key: this.maybeKey(), makes });
    return dice.weighted<() => Promise<unknown>>([
      [
        40,
        () =>
          this.wish(wish('cart-add', { kinds: ['reserved', 'resized'], units: quantity }), ({ carts }, call) =>
            carts.add({ sku, quantity }, call),
          ),
      ],
      [
        10,
        () =>
          this.wish(wish('cart-set'), ({ carts }, call) => carts.setQuantity({ sku, quantity: quantity - 1 }, call)),
      ],
      [6, () => this.wish(wish('cart-remove'), ({ carts }, call) => carts.remove({ sku }, call))],
      [3, () => this.wish(wish('cart-empty'), ({ carts }, call) => carts.empty({}, call))],
      [6, () => this.wish(wish('cart-extend'), ({ carts }, call) => carts.extend({}, call))],
      [5, () => this.wish(book.begin('get', { isMutation: false }), ({ carts }, call) => carts.get({}, call))],
      [12, () => this.#place()],
      [8, () => this.#begin()],
      [8, () => this.#endOrder()],
    ])();
  }

  #place(): Promise<unknown> {
    return this.wish(
      this.world.book.begin('place', { key: this.key() }),
      ({ checkout }, call) => checkout.place({}, call),
      ({ orderId }) => orderId,
    );
  }

  async #begin(): Promise<void> {
    const order = await this.wish(
      this.world.book.begin('begin', { key: this.key() }),
      ({ checkout }, call) => checkout.begin({}, call),
      ({ orderId }) => orderId,
    );
    if (order) this.#orders.push(order.orderId);
  }

  /** Pays or cancels an order that awaits payment. A payment is confirmed by the operator. */
  async #endOrder(): Promise<void> {
    const { book, dice } = this.world;
    const orderId = this.#orders.shift();
    if (orderId === undefined) return;
    const key = this.key();
    if (dice.chance(0.4)) {
      const restoreCart = dice.chance(0.5);
      await this.wish(book.begin('cancel', { key }), ({ checkout }, call) =>
        checkout.cancel({ orderId, restoreCart }, call),
      );
    } else {
      await this.wish(book.begin('confirm', { key }), ({ checkout }, { caller, idempotencyKey }) =>
        checkout.confirm(
          { orderId, paymentReference: `pay-${orderId}` },
          {
            caller: { ...OPERATOR.caller, requestId: caller.requestId },
            ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
          },
        ),
      );
    }
  }
}

/** A program with an operator's key: holds of its own, reservations, deliveries. */
export class ProgramCaller extends SimulatedCaller {
  #holds: { holdId: string; sku: string; quantity: number }[] = [];
  #reservations: string[] = [];
  #numbers = 0;
  /** The newest version of each SKU that an answer has shown. */
  readonly #versions = new Map<string, number>();

  constructor(world: CallerWorld, name: string) {
    super(world, name, OPERATOR.caller);
  }

  protected act(): Promise<unknown> {
    const { dice } = this.world;
    return dice.weighted<() => Promise<unknown>>([
      [25, () => this.#burst()],
      [15, () => this.#endHold('release')],
      [10, () => this.#endHold('consume')],
      [12, () => this.#reserve()],
      [10, () => this.#endReservation()],
      [10, () => this.#receive()],
      [6, () => this.#poison()],
      [12, () => this.#level(dice.pick(SKUS))],
    ])();
  }

  /** Several calls for one SKU at once, whose order in its mailbox is that of the calls. */
  async #burst(): Promise<void> {
    const { dice } = this.world;
    const sku = dice.pick(SKUS);
    const burst = this.world.book.wishes.length;
    const all = Array.from({ length: dice.between(1, 4) }, () => this.#hold(burst, sku, dice.between(1, 2)));
    await Promise.all(all);
  }

  async #hold(burst: number, sku: string, quantity: number): Promise<void> {
    this.#numbers += 1;
    const reference = `${this.name}-${this.#numbers}`;
    const hold = await this.wish(
      this.world.book.begin('burst', {
        sku,
        burst,
        key: this.maybeKey(),
        makes: { kinds: ['reserved'], units: quantity },
      }),
      ({ inventory }, call) => inventory.reserve({ sku, quantity, reference }, call),
      ({ holdId }) => holdId,
    );
    if (hold) this.#holds.push(hold);
  }

  async #endHold(kind: 'release' | 'consume'): Promise<void> {
    const hold = this.#holds.shift();
    if (!hold) return;
    const { holdId, sku, quantity } = hold;
    const kinds = [kind === 'release' ? 'released' : 'consumed'] as const;
    const level = await this.wish(
      this.world.book.begin(kind, { sku, key: this.key(), makes: { kinds, units: quantity } }),
      ({ inventory }, call) => inventory[kind]({ holdId }, call),
    );
    if (level) this.#sees(sku, level.version);
  }

  async #reserve(): Promise<void> {
    this.#numbers += 1;
    const { dice, book } = this.world;
    const reference = `po-${this.name}-${this.#numbers}`;
    const lines = SKUS.map((sku) => ({ sku, quantity: dice.between(1, 2) }));
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const made = await this.wish(
      book.begin('reserve', { key: this.key(), makes: { kinds: ['reserved'], units } }),
      ({ reservations }, call) => reservations.create({ reference, lines, ttlMs: TTL_MS }, call),
      ({ reservationId }) => reservationId,
    );
    if (made) this.#reservations.push(made.reservationId);
  }

  async #endReservation(): Promise<void> {
    const { dice, book } = this.world;
    const reservationId = this.#reservations.shift();
    if (reservationId === undefined) return;
    const kind = dice.pick(['commit', 'release', 'extend'] as const);
    await this.wish(book.begin(kind, { key: this.key() }), ({ reservations }, call) =>
      kind === 'extend'
        ? reservations.extend({ reservationId, ttlMs: TTL_MS }, call)
        : reservations[kind]({ reservationId }, call),
    );
  }

  async #receive(): Promise<void> {
    const { dice, book } = this.world;
    const [sku, quantity] = [dice.pick(SKUS), dice.between(1, 4)];
    const level = await this.wish(
      book.begin('receive', { sku, key: this.maybeKey(), makes: { kinds: ['received'], units: quantity } }),
      ({ stock }, call) => stock.receive({ sku, quantity }, call),
    );
    if (level) this.#sees(sku, level.version);
  }

  /** A call that the store always refuses together with its whole batch, if the seed says so. */
  #poison(): Promise<unknown> {
    const wish = this.world.book.begin('adjust', { sku: 'A', makes: { kinds: ['adjusted'], units: 1 } });
    return this.wish(wish, ({ stock }, call) => stock.adjust({ sku: 'A', delta: 1, reason: POISON }, call));
  }

  async #level(sku: string): Promise<void> {
    const level = await this.wish(this.world.book.begin('level', { isMutation: false }), ({ stock }) =>
      stock.level({ sku }),
    );
    if (level) this.#sees(sku, level.version);
  }

  #sees(sku: string, version: number): void {
    const newest = this.#versions.get(sku) ?? 0;
    if (version < newest) this.world.found(`${this.name} reads version ${version} of ${sku} after ${newest}`);
    this.#versions.set(sku, Math.max(newest, version));
  }
}

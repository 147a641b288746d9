import { cartHoldTtlMs, PAYMENT_WINDOW_MS_MAX, paymentWindowMs, type Settings } from '../../contract/settings.ts';
import type { Cart } from '../../contract/outputs/cart-outputs.ts';
import { ClientStreaks, type StreakRules } from './client-streaks.ts';
import { holderOfOrders, isOrders, leftBy, ordersOf, type PinnedUnits } from './streak.ts';
import type { Streak, StreakAge, StreakHolder } from './streak.ts';
import { StreakTable } from './streak-table.ts';

/** The minimum number of changes that are remembered. Orders change less often than carts. */
const CHANGES_MAX = 50_000;
/** The shortest remaining lifetime with which a hold is created. */
const LEFT_MS_MIN = 1_000;
/**
 * The part of a lifetime that a streak must have left to continue in another session, capped by the lifetime of a hold.
 */
const LEFT_SHARE = 1 / 8;
/** Younger streaks are not shared with other processes, because most carts do not change after their first minute. */
const SHARED_AGE_MS = 60_000;

/**
 * Remembers since when a session or customer has had units of a SKU, so that removing and adding a line does not start
 * a new lifetime. A new hold takes the age of the streak. Once the lifetime is used up, the holder waits for the
 * cool-down after its last hold. If the client of anonymous sessions is known, a streak that has ended continues in the
 * client's next session: see `ClientStreaks`. Units that an order pins until it is paid count like units in the cart.
 * They are in a second streak of the holder (`ordersOf`), and both streaks share one lifetime. Each process remembers
 * the last 50,000 changes of lines, and receives from other processes the streaks that are older than a minute. Times
 * are epoch milliseconds.
 */
export class HoldStreaks {
  /** The streaks of carts, and of units that carts have left. */
  readonly #streaks = new StreakTable<Streak>(CHANGES_MAX);
  /** The streaks of orders, by the holder of the cart. */
  readonly #inOrders = new StreakTable<Streak>(CHANGES_MAX);
  readonly #clients = new StreakTable<ClientStreaks>(CHANGES_MAX);
  readonly #cooldownMs: number;
  readonly #lifetimeMs: number;
  readonly #ttlMs: number;
  readonly #windowMaxMs: number;
  readonly #sharedAgeMs: number;
  readonly #rules: StreakRules;
  readonly #now: () => number;
  readonly #share: (streak: Streak) => void;

  /** `share` is called with each change of a streak that other processes should know. */
  constructor(settings: Settings, now: () => number, share: (streak: Streak) => void = () => undefined) {
    this.#cooldownMs = settings.holdCooldownMs;
    this.#lifetimeMs = settings.holdLifetimeMaxMs;
    this.#ttlMs = cartHoldTtlMs(settings);
    this.#windowMaxMs = paymentWindowMs(settings, PAYMENT_WINDOW_MS_MAX);
    const leftMs = Math.min(this.#ttlMs, this.#lifetimeMs * LEFT_SHARE);
    this.#rules = { cooldownMs: this.#cooldownMs, lifetimeMs: this.#lifetimeMs, leftMs };
    this.#sharedAgeMs = Math.min(SHARED_AGE_MS, leftMs / 2);
    this.#now = now;
    this.#share = share;
  }

  /** Whether streaks are in use. Without a cool-down each hold has a lifetime of its own. */
  get isOn(): boolean {
    return this.#cooldownMs > 0;
  }

  /** Returns the initial age of a new hold of `units`, or how long the holder has to wait for it. */
  ageOf({ name, client }: StreakHolder, sku: string, units: number): StreakAge | { retryAfterMs: number } {
    const now = this.#now();
    const own = this.#joined(name, sku, now);
    const ofClient = client === null ? undefined : this.#clients.get(client, sku);
    if (!own) return ofClient?.next(units, now) ?? { ageMs: 0, restingUnits: 0 };
    const ageMs = Math.max(0, now - own.since);
    return ageMs + LEFT_MS_MIN <= this.#lifetimeMs
      ? { ageMs, restingUnits: ofClient?.restingUnits(now, own) ?? 0 }
      : { retryAfterMs: Math.max(1, own.until + this.#cooldownMs - now) };
  }

  /** Returns the client's resting units, which count as held when the holder of a line takes more units. */
  restingUnits({ name, client }: StreakHolder, sku: string): number {
    const ofClient = client === null ? undefined : this.#clients.get(client, sku);
    if (!ofClient) return 0;
    const now = this.#now();
    return ofClient.restingUnits(now, this.#joined(name, sku, now));
  }

  /** Records, from the answer of a call, whether its caller has units of a SKU, and until when. */
  observe(holder: StreakHolder, sku: string, { lines, serverTime }: Pick<Cart, 'lines' | 'serverTime'>): void {
    const now = this.#now();
    const line = lines.find((each) => each.sku === sku);
    const until = line ? now + Math.max(0, line.expiresAt - serverTime) : now;
    const known = this.#current(holder.name, sku, now);
    if (!known && !line) return;
    const streak = known ?? this.#begin(holder, sku, now);
    streak.until = until;
    streak.seenAt = now;
    if (line) this.#setUnits(streak, line.quantity, now);
    this.#change(streak, now);
  }

  /** Records that the units in the holder's cart were sold, so that no session continues their streak. */
  sold(holder: StreakHolder, sku: string): void {
    const now = this.#now();
    const inCart = this.#current(holder.name, sku, now);
    if (inCart) this.#empty(inCart, now);
  }

  #empty(inCart: Streak, now: number): void {
    Object.assign(inCart, { until: now, units: 0, seenAt: now });
    this.#change(inCart, now);
  }

  /** Records that an order pins units of the holder's cart for `windowMs`. */
  pin(holder: StreakHolder, pinned: PinnedUnits, windowMs: number): void {
    const now = this.#now();
    const streak = this.#pinned(holder, pinned, now);
    streak.units = pinned.units + (streak.until > now ? streak.units : 0);
    streak.until = Math.max(streak.until, now + windowMs);
    const inCart = this.#current(holder.name, pinned.sku, now);
    if (inCart) this.#empty(inCart, now);
    this.#putInClient(streak, now);
    // Shared even if it is young, because an order keeps the units without another change.
    this.#share(streak);
  }

  /** Records that an order has ended. `freed` units are available again, and `restored` units are in the cart again. */
  unpin(holder: StreakHolder, pinned: PinnedUnits, { restored, freed }: { restored: number; freed: number }): void {
    const now = this.#now();
    const streak = this.#pinned(holder, pinned, now);
    const ofOthers = Math.max(0, streak.units - pinned.units);
    streak.units = ofOthers || freed;
    if (ofOthers === 0) streak.until = now;
    if (restored > 0) {
      const inCart = this.#current(holder.name, pinned.sku, now) ?? this.#begin(holder, pinned.sku, now);
      const { since, units } = inCart;
      const until = Math.max(inCart.until, now + this.#ttlMs);
      Object.assign(inCart, { since: Math.min(since, streak.since), until, units: units + restored, seenAt: now });
      this.#change(inCart, now);
    }
    this.#putInClient(streak, now);
    this.#share(streak);
  }

  /**
   * Records the state of a streak in another process. The state that was seen last wins, however late or often its note
   * arrives. Times of a process whose clock is ahead are capped by the clock of this process.
   */
  learn(noted: Streak): void {
    const now = this.#now();
    const seen = this.#bounded(noted, now);
    if (now >= seen.until + this.#cooldownMs) return;
    const known = isOrders(seen.holder)
      ? this.#currentOrders(holderOfOrders(seen.holder), seen.sku, now)
      : this.#current(seen.holder, seen.sku, now);
    const streak = known ?? this.#remember(seen);
    streak.since = Math.min(streak.since, seen.since);
    if (seen.seenAt > streak.seenAt) {
      const { until, units, seenAt } = seen;
      Object.assign(streak, { until, units, seenAt });
    }
    this.#putInClient(streak, now);
  }

  #remember(streak: Streak): Streak {
    const { holder } = streak;
    if (isOrders(holder)) this.#inOrders.set(holderOfOrders(holder), streak);
    else this.#streaks.set(holder, streak);
    return streak;
  }

  #bounded(seen: Streak, now: number): Streak {
    const { since, until, seenAt } = seen;
    return {
      ...seen,
      since: Math.min(since, now),
      until: Math.min(until, now + (isOrders(seen.holder) ? this.#windowMaxMs : this.#ttlMs)),
      seenAt: Math.min(seenAt, now),
    };
  }

  /** Records, from the answer of a merge, that units have moved from another holder, with their age. */
  observeMerge(fromName: string, holder: StreakHolder, sku: string, cart: Pick<Cart, 'lines' | 'serverTime'>): void {
    const now = this.#now();
    const from = fromName === holder.name ? undefined : this.#current(fromName, sku, now);
    if (from && from.until > now) this.#move(from, holder, cart.lines.find((line) => line.sku === sku)?.quantity ?? 0);
    this.observe(holder, sku, cart);
  }

  /** Moves units between streaks. `units` is the number that the holder has now. The other units of `from` are free. */
  #move(from: Streak, { name, client }: StreakHolder, units: number): void {
    const now = this.#now();
    const { sku, since } = from;
    const known = this.#current(name, sku, now);
    const to = known ?? { holder: name, client, sku, since, until: now, units: 0, seenAt: now };
    if (to.until <= now) this.#setUnits(to, 0, now);
    const moved = Math.min(from.units, Math.max(0, units - to.units));
    Object.assign(from, { units: from.units - moved, until: now, seenAt: now });
    this.#change(from, now);
    if (moved === 0) return;
    Object.assign(to, { units: to.units + moved, since: Math.min(to.since, since) });
    if (!known) this.#remember(to);
  }

  /**
   * Changes the units of a streak. Additional units continue ended streaks of the client. Freed units are left to the
   * client's next session.
   */
  #setUnits(streak: Streak, units: number, now: number): void {
    const added = units - streak.units;
    streak.units = units;
    const { client, sku } = streak;
    if (client === null) return;
    if (added < 0) this.#leave(streak, -added, now);
    for (const ended of this.#ofClient(client, sku).claim(added, now, streak)) {
      streak.since = Math.min(streak.since, ended.since);
      this.#shareOld(ended, now);
    }
  }

  #leave({ holder, client, sku, since }: Streak, units: number, now: number): void {
    const name = leftBy(holder);
    const known = this.#current(name, sku, now);
    const left = known ?? { holder: name, client, sku, since, until: now, units: 0, seenAt: now };
    if (!known) this.#remember(left);
    const all = left.units + units;
    Object.assign(left, { since: Math.min(left.since, since), until: now, units: all, seenAt: now });
    this.#change(left, now);
  }

  #change(streak: Streak, now: number): void {
    this.#putInClient(streak, now);
    this.#shareOld(streak, now);
  }

  #shareOld(streak: Streak, now: number): void {
    if (now - streak.since >= this.#sharedAgeMs) this.#share(streak);
  }

  #putInClient(streak: Streak, now: number): void {
    const { client, sku } = streak;
    if (client === null) return;
    this.#ofClient(client, sku).put(streak, now);
    this.#clients.noteChange();
  }

  #ofClient(client: string, sku: string): ClientStreaks {
    const known = this.#clients.get(client, sku);
    if (known) return known;
    const created = new ClientStreaks(sku, this.#rules);
    this.#clients.set(client, created);
    return created;
  }

  /** Begins a streak that is as old as the units that orders of the holder pin. */
  #begin({ name, client }: StreakHolder, sku: string, now: number): Streak {
    const since = this.#currentOrders(name, sku, now)?.since ?? now;
    return this.#remember({ holder: name, client, sku, since, until: now, units: 0, seenAt: now });
  }

  /** Returns the streak of the orders, at least as old as the pinned units and as the streak of the cart. */
  #pinned({ name, client }: StreakHolder, { sku, ageMs }: PinnedUnits, now: number): Streak {
    const begun = { holder: ordersOf(name), client, sku, since: now, until: now, units: 0, seenAt: now };
    const streak = this.#currentOrders(name, sku, now) ?? this.#remember(begun);
    const ofCart = this.#current(name, sku, now)?.since ?? now;
    return Object.assign(streak, { since: Math.min(streak.since, ofCart, now - Math.max(0, ageMs)), seenAt: now });
  }

  /** Returns the time during which the holder had units in the cart or in orders. */
  #joined(name: string, sku: string, now: number): Streak | undefined {
    const [inCart, inOrders] = [this.#current(name, sku, now), this.#currentOrders(name, sku, now)];
    if (!inOrders) return inCart;
    const { since, until } = inCart ?? inOrders;
    const both = { since: Math.min(since, inOrders.since), until: Math.max(until, inOrders.until) };
    return { ...(inCart ?? inOrders), ...both, holder: name };
  }

  #current(holder: string, sku: string, now: number): Streak | undefined {
    return this.#unlessOver(this.#streaks.get(holder, sku), now);
  }

  #currentOrders(holder: string, sku: string, now: number): Streak | undefined {
    return this.#unlessOver(this.#inOrders.get(holder, sku), now);
  }

  #unlessOver(streak: Streak | undefined, now: number): Streak | undefined {
    return streak && now < streak.until + this.#cooldownMs ? streak : undefined;
  }
}

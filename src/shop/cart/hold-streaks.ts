import { cartHoldTtlMs, PAYMENT_WINDOW_MS_MAX, paymentWindowMs, type Settings } from '../../contract/settings.ts';
import type { Cart } from '../../contract/outputs/cart-outputs.ts';
import { ClientStreaks, type StreakRules } from './client-streaks.ts';
import { holderOfOrders, isOrders, leftBy, ordersOf, type PinnedUnits } from './streak.ts';
import type { Streak, StreakAge, StreakHolder } from './streak.ts';
import { StreakTable } from './streak-table.ts';

/** So many changes are remembered at least. Changes of orders are fewer than those of carts. */
const CHANGES_MAX = 50_000;
/** A hold that would end sooner is not worth it. */
const LEFT_MS_MIN = 1_000;
/** The part of a lifetime that a streak must have left, at most the lifetime of a hold, to go on in another session. */
const LEFT_SHARE = 1 / 8;
/** Younger streaks are not shared with other processes: most carts change no more after their first minute. */
const SHARED_AGE_MS = 60_000;

/**
 * Remembers since when a session or customer has had units of a SKU, so that removing and adding a line does not
 * start a new lifetime. A new hold takes the age of the streak. Once the lifetime is used up, the holder waits for
 * the cool-down after its last hold. If the client of anonymous sessions is known, a streak that has ended goes on
 * in the client's next session: see `ClientStreaks`. Units that an order pins until it is paid are as good as units
 * in the cart: they are in a second streak of the holder (`ordersOf`), and the two make one lifetime. Each process
 * remembers the last 50,000 changes of lines, and learns from other processes of streaks that are older than a minute.
 * Times are epoch milliseconds.
 */
export class HoldStreaks {
  /** Of carts, and of what they have left. */
  readonly #streaks = new StreakTable<Streak>(CHANGES_MAX);
  /** Of orders, by the holder of the cart. */
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

  /** Without a cool-down each hold has a lifetime of its own. */
  get isOn(): boolean {
    return this.#cooldownMs > 0;
  }

  /** Returns the age that a new hold of so many units begins with, or how long the holder has to wait for one. */
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

  /** Returns the client's units that count as held when the holder of a line takes more. */
  restingUnits({ name, client }: StreakHolder, sku: string): number {
    const ofClient = client === null ? undefined : this.#clients.get(client, sku);
    if (!ofClient) return 0;
    const now = this.#now();
    return ofClient.restingUnits(now, this.#joined(name, sku, now));
  }

  /** Learns from the answer of a call whether its caller has units of a SKU, and until when. */
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

  /** Learns that the units in the holder's cart were sold: no session goes on with them. */
  sold(holder: StreakHolder, sku: string): void {
    const now = this.#now();
    const inCart = this.#current(holder.name, sku, now);
    if (inCart) this.#empty(inCart, now);
  }

  #empty(inCart: Streak, now: number): void {
    Object.assign(inCart, { until: now, units: 0, seenAt: now });
    this.#change(inCart, now);
  }

  /** Learns that an order pins units of the holder's cart for so long. */
  pin(holder: StreakHolder, pinned: PinnedUnits, windowMs: number): void {
    const now = this.#now();
    const streak = this.#pinned(holder, pinned, now);
    streak.units = pinned.units + (streak.until > now ? streak.units : 0);
    streak.until = Math.max(streak.until, now + windowMs);
    const inCart = this.#current(holder.name, pinned.sku, now);
    if (inCart) this.#empty(inCart, now);
    this.#putInClient(streak, now);
    // However young: an order keeps the units without another change.
    this.#share(streak);
  }

  /** Learns that an order has ended. `freed` units are for sale again, and `restored` ones in the cart. */
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
   * Learns what another process has seen of a streak. What was seen last is right, however late or often its note
   * arrives. Times of another process whose clock is ahead are bounded by this one's.
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

  /** Learns from the answer of a merge that units have passed from another holder, and their age with them. */
  observeMerge(fromName: string, holder: StreakHolder, sku: string, cart: Pick<Cart, 'lines' | 'serverTime'>): void {
    const now = this.#now();
    const from = fromName === holder.name ? undefined : this.#current(fromName, sku, now);
    if (from && from.until > now) this.#move(from, holder, cart.lines.find((line) => line.sku === sku)?.quantity ?? 0);
    this.observe(holder, sku, cart);
  }

  /** `units`: those that the holder has now. The other units of `from` are free. */
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

  /** Additional units go on with ended streaks of the client. Units that become free are left to its next session. */
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

  /** Begins a streak, which is as old as the units that orders of the holder pin. */
  #begin({ name, client }: StreakHolder, sku: string, now: number): Streak {
    const since = this.#currentOrders(name, sku, now)?.since ?? now;
    return this.#remember({ holder: name, client, sku, since, until: now, units: 0, seenAt: now });
  }

  /** Returns the streak of the orders, at least as old as the units and as what is in the cart. */
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

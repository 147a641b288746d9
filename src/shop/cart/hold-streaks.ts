import { LRUCache } from 'lru-cache';
import type { Settings } from '../../contract/settings.ts';
import type { Cart } from '../../contract/cart-outputs.ts';

const STREAKS_MAX = 50_000;
/** A hold that would end sooner is not worth it. */
const LEFT_MS_MIN = 1_000;

/** The time during which a holder has had units of a SKU, with breaks that were shorter than the cool-down. */
interface Streak {
  since: number;
  /** The deadline of the last hold, or when it ended. */
  until: number;
}

/**
 * Remembers since when a session or customer has had units of a SKU, so that removing and adding a line does not start
 * a new lifetime. A new hold takes the age of the streak. Once the lifetime is used up, the holder waits for the
 * cool-down after its last hold. Each process remembers what it has seen, for the holders of the last 50,000 lines; a
 * load balancer that keeps a shopper on one process makes that exact. Times are epoch milliseconds of this process.
 */
export class HoldStreaks {
  readonly #streaks = new LRUCache<string, Streak>({ max: STREAKS_MAX });
  readonly #cooldownMs: number;
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  constructor({ holdCooldownMs, holdLifetimeMaxMs }: Settings, now: () => number) {
    this.#cooldownMs = holdCooldownMs;
    this.#lifetimeMs = holdLifetimeMaxMs;
    this.#now = now;
  }

  /** Without a cool-down each hold has a lifetime of its own. */
  get isOn(): boolean {
    return this.#cooldownMs > 0;
  }

  /** Returns the age that a new hold begins with, or how long the holder has to wait for one. */
  ageOf(holder: string, sku: string): { ageMs: number } | { retryAfterMs: number } {
    const now = this.#now();
    const streak = this.#current(holder, sku, now);
    if (!streak) return { ageMs: 0 };
    const ageMs = Math.max(0, now - streak.since);
    return ageMs + LEFT_MS_MIN <= this.#lifetimeMs
      ? { ageMs }
      : { retryAfterMs: Math.max(1, streak.until + this.#cooldownMs - now) };
  }

  /** Learns from the answer of a call whether its caller has units of a SKU, and until when. */
  observe(holder: string, sku: string, { lines, serverTime }: Pick<Cart, 'lines' | 'serverTime'>): void {
    const now = this.#now();
    const line = lines.find((each) => each.sku === sku);
    const streak = this.#current(holder, sku, now);
    const until = line ? now + Math.max(0, line.expiresAt - serverTime) : now;
    if (streak) streak.until = until;
    else if (line) this.#streaks.set(streakKey(holder, sku), { since: now, until });
  }

  #current(holder: string, sku: string, now: number): Streak | undefined {
    const streak = this.#streaks.get(streakKey(holder, sku));
    return streak && now < streak.until + this.#cooldownMs ? streak : undefined;
  }
}

/** A holder has no space in its name. */
const streakKey = (holder: string, sku: string): string => `${holder} ${sku}`;

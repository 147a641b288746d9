import { leftBy, ordersOf, type Streak, type StreakAge } from './streak.ts';

/** The most streaks of a client that are remembered. Of more streaks, the youngest are dropped. */
const SESSIONS_MAX = 256;

export interface StreakRules {
  cooldownMs: number;
  lifetimeMs: number;
  /** The lifetime that a streak must have left to continue in another session. */
  leftMs: number;
}

/**
 * The streaks of one client's anonymous sessions with one SKU. A session that gives up units, or lets them expire,
 * leaves its streak to the client's next session that takes as many, so that a fresh session does not start a new
 * lifetime. Sessions that have units at the same time have lifetimes of their own, because they may be shoppers behind
 * one address. The youngest ended streak continues first. A streak with too little lifetime left does not continue: its
 * units rest until the cool-down is over. Resting units count as held. While more units rest than are held, a fresh
 * session gets none.
 */
export class ClientStreaks {
  readonly sku: string;
  readonly #rules: StreakRules;
  #streaks: readonly Streak[] = NO_STREAKS;

  constructor(sku: string, rules: StreakRules) {
    this.sku = sku;
    this.#rules = rules;
  }

  /** Returns the age of a fresh session's hold, or how long it has to wait for one. */
  next(units: number, now: number): StreakAge | { retryAfterMs: number } {
    const { goingOn, resting, heldUnits } = this.#sorted(now);
    let [missing, ageMs] = [units, 0];
    for (const streak of goingOn) {
      if (missing <= 0) break;
      missing -= streak.units;
      ageMs = now - streak.since;
    }
    const restingUnits = unitsOf(resting);
    if (missing <= 0 || restingUnits <= heldUnits) return { ageMs, restingUnits };
    const endsAt = Math.min(...resting.map(({ until }) => until)) + this.#rules.cooldownMs;
    return { retryAfterMs: Math.max(1, endsAt - now) };
  }

  /**
   * Returns the resting units, without those of `own`. Additional units of a session get the age of its streak, so for
   * that session the units of older streaks rest too.
   */
  restingUnits(now: number, own: Streak | undefined): number {
    const { goingOn, resting } = this.#sorted(now);
    const older = own ? goingOn.filter(({ since }) => since < own.since) : [];
    const ofOwn = own ? [own.holder, leftBy(own.holder), ordersOf(own.holder)] : [];
    const others = [...resting, ...older].filter(({ holder }) => !ofOwn.includes(holder));
    return unitsOf(others);
  }

  /**
   * Takes units of ended streaks: first those that `own` has left, then those that a session may continue. Returns the
   * changed streaks, which now have fewer units or none.
   */
  claim(units: number, now: number, own: Streak): readonly Streak[] {
    if (this.#streaks.length === 0) return NO_STREAKS;
    const claimed: Streak[] = [];
    let missing = units;
    const leftByOwn = leftBy(own.holder);
    const left = this.#streaks.filter(({ holder }) => holder === leftByOwn);
    for (const streak of [...left, ...this.#sorted(now).goingOn]) {
      if (missing <= 0) break;
      if (streak === own || streak.units === 0) continue;
      const taken = Math.min(missing, streak.units);
      streak.units -= taken;
      streak.seenAt = now;
      missing -= taken;
      claimed.push(streak);
    }
    return claimed;
  }

  /** Adds or changes a streak. */
  put(streak: Streak, now: number): void {
    const { cooldownMs } = this.#rules;
    if (this.#streaks.length === 0) {
      // An array that grew by `push` would reserve room for 17 streaks.
      if (streak.units > 0) this.#streaks = [streak];
      return;
    }
    const others = this.#streaks.filter(
      (each) => each.holder !== streak.holder && each.units > 0 && now < each.until + cooldownMs,
    );
    if (streak.units > 0) others.push(streak);
    if (others.length > SESSIONS_MAX) others.splice(youngestOf(others), 1);
    this.#streaks = others;
  }

  /** `goingOn`: ended streaks that a session may continue, the youngest first. */
  #sorted(now: number): { goingOn: Streak[]; resting: Streak[]; heldUnits: number } {
    const { cooldownMs, lifetimeMs, leftMs } = this.#rules;
    const [goingOn, resting]: [Streak[], Streak[]] = [[], []];
    let heldUnits = 0;
    for (const streak of this.#streaks) {
      if (streak.until > now) heldUnits += streak.units;
      else if (now >= streak.until + cooldownMs || streak.units === 0) continue;
      else if (now - streak.since + leftMs <= lifetimeMs) goingOn.push(streak);
      else resting.push(streak);
    }
    goingOn.sort((a, b) => b.since - a.since);
    return { goingOn, resting, heldUnits };
  }
}

const NO_STREAKS: readonly Streak[] = [];

const unitsOf = (streaks: readonly Streak[]): number => streaks.reduce((sum, { units }) => sum + units, 0);

function youngestOf(streaks: readonly Streak[]): number {
  let youngest = 0;
  for (const [index, { since }] of streaks.entries()) {
    if (since > (streaks[youngest]?.since ?? 0)) youngest = index;
  }
  return youngest;
}

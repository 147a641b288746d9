import type { Monotonic } from '../../time/monotonic.ts';
import { SUSPENDED_MS_MIN } from '../../time/steady-clock.ts';
import { type ClockStats, possibleTimes, SHOP_RATE, type TimeSample } from '../../time/shop-time.ts';

/**
 * Shop time as this process knows it, from the replies of Redis and a monotonic clock.
 *
 * `now` returns a time that the shop has certainly reached. It may be too early, which is safe: a batch's `notAfter`
 * is derived from it, so it passes in the store before the caller receives `outcome_unknown`.
 *
 * `possible` returns the times that are possible. If Redis replies with another time, its wall clock has stepped. The
 * sample for this outlives a connection, so that a failover to a server with another clock is noticed.
 */
export class StoreClock {
  readonly #clock: (() => number) | null;
  readonly monotonic: Monotonic;
  /** Whether steps of the wall clock are detected. */
  readonly isGuarded: boolean;
  #reached: { at: number; ms: number } | null = null;
  #sample: TimeSample | null = null;
  #suspendedMs: number;
  /** The latest time of a batch. Shop time never runs back behind it, even after a failover. */
  floor = 0;
  readonly stats: ClockStats = { offsetMs: 0, steps: 0 };

  /** In tests `clock` replaces the wall clock. */
  constructor(options: { clock: (() => number) | null; monotonic: Monotonic; isGuarded: boolean }) {
    this.#clock = options.clock;
    this.monotonic = options.monotonic;
    this.isGuarded = options.isGuarded;
    this.#suspendedMs = this.monotonic.suspendedMs();
  }

  /** The wall clock to pass to the scripts; false: the server's own. */
  get given(): number | false {
    return this.#clock ? this.#clock() : false;
  }

  /** Records that Redis replied with this time to a command that was sent at `sentMs`. */
  learn(at: number, sentMs: number): void {
    const ms = this.monotonic.nowMs();
    this.#sample = { at, fromMs: Math.min(sentMs, ms), toMs: ms };
    this.reach(at);
  }

  /** Records that Redis was at this time, which may still turn out to be a step. */
  reach(at: number): void {
    const ms = this.monotonic.nowMs();
    if (this.#reached === null || at >= timeAt(this.#reached, ms)) this.#reached = { at, ms };
  }

  /** Call this for a new connection, because it may lead to another server. */
  forget(): void {
    this.#reached = null;
  }

  now(): number {
    if (this.#clock && !this.isGuarded) return Math.max(this.floor, this.#clock());
    const reached = this.#reached ? timeAt(this.#reached, this.monotonic.nowMs()) : 0;
    return Math.max(this.floor, Math.floor(reached));
  }

  /** Returns the times that are possible at `ms`; null where nothing is known, or steps are not detected. */
  possible(ms = this.monotonic.nowMs()): { earliest: number; latest: number } | null {
    return this.isGuarded && this.#sample ? possibleTimes(this.#sample, ms) : null;
  }

  /** Returns the shop time at `ms` if no clock had stepped; 0 where nothing is known. */
  expected(ms: number): number {
    if (!this.#sample) return 0;
    return Math.floor(this.#sample.at + Math.max(0, ms - this.#sample.toMs));
  }

  /** Moves ahead by the time in which the machine was suspended since the last call. Returns it; 0 for none. */
  wakeUp(): number {
    const suspendedMs = this.monotonic.suspendedMs();
    const sleptMs = Math.floor(suspendedMs - this.#suspendedMs);
    if (sleptMs < SUSPENDED_MS_MIN) return 0;
    this.#suspendedMs = suspendedMs;
    if (this.#sample) this.#sample = { ...this.#sample, at: this.#sample.at + sleptMs };
    return sleptMs;
  }
}

/** Returns the epoch milliseconds of a reply to `TIME`. */
export const msOfTime = ([seconds, micros]: readonly unknown[]): number =>
  Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);

const timeAt = ({ at, ms }: { at: number; ms: number }, nowMs: number): number => at + (nowMs - ms) * SHOP_RATE.min;

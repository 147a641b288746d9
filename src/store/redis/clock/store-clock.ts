import type { Monotonic } from '../../time/monotonic.ts';
import { SUSPENDED_MS_MIN } from '../../time/steady-clock.ts';
import { type ClockStats, possibleTimes, SHOP_RATE, type TimeSample } from '../../time/shop-time.ts';

/**
 * Shop time as this process knows it, from the answers of Redis and a monotonic clock. It answers two questions.
 *
 * Which time has the shop surely reached? `now` errs to the early side, and that side is safe: a batch's `notAfter`
 * made from it passes in the store before the caller learns that the outcome is unknown.
 *
 * Which times are possible at all? Where Redis answers with another one, its wall clock has stepped. What is known for
 * this outlives a connection, so that a failover to a server with another clock is noticed.
 */
export class StoreClock {
  readonly #clock: (() => number) | null;
  readonly monotonic: Monotonic;
  /** Whether steps of the wall clock are looked for. */
  readonly isGuarded: boolean;
  #reached: { at: number; ms: number } | null = null;
  #sample: TimeSample | null = null;
  #suspendedMs: number;
  /** The latest time of a batch; shop time never runs back behind it, whatever became of the server. */
  floor = 0;
  readonly stats: ClockStats = { offsetMs: 0, steps: 0 };

  /** With `clock`, a test's own, the wall clock is what it says; steps are then looked for if `isGuarded`. */
  constructor(options: { clock: (() => number) | null; monotonic: Monotonic; isGuarded: boolean }) {
    this.#clock = options.clock;
    this.monotonic = options.monotonic;
    this.isGuarded = options.isGuarded;
    this.#suspendedMs = this.monotonic.suspendedMs();
  }

  /** What to pass to the scripts as their wall clock: false for the server's own. */
  get given(): number | false {
    return this.#clock ? this.#clock() : false;
  }

  /** Redis has answered with this time to what was sent at `sentMs`. */
  learn(at: number, sentMs: number): void {
    const ms = this.monotonic.nowMs();
    this.#sample = { at, fromMs: Math.min(sentMs, ms), toMs: ms };
    this.reach(at);
  }

  /** Redis has been seen at this time, which may still be judged to be a step. */
  reach(at: number): void {
    const ms = this.monotonic.nowMs();
    if (this.#reached === null || at >= timeAt(this.#reached, ms)) this.#reached = { at, ms };
  }

  /** On a new connection, maybe to another server. */
  forget(): void {
    this.#reached = null;
  }

  /** A time that the shop has surely reached. */
  now(): number {
    if (this.#clock && !this.isGuarded) return Math.max(this.floor, this.#clock());
    const reached = this.#reached ? timeAt(this.#reached, this.monotonic.nowMs()) : 0;
    return Math.max(this.floor, Math.floor(reached));
  }

  /** The times that are possible at `ms`, or null where nothing is known, or steps are not looked for. */
  possible(ms = this.monotonic.nowMs()): { earliest: number; latest: number } | null {
    return this.isGuarded && this.#sample ? possibleTimes(this.#sample, ms) : null;
  }

  /** Shop time at `ms`, had no clock stepped. */
  expected(ms: number): number {
    if (!this.#sample) return 0;
    return Math.floor(this.#sample.at + Math.max(0, ms - this.#sample.toMs));
  }

  /** Moves on by what the machine was suspended since the last call; returns how long that was, 0 for nothing. */
  wakeUp(): number {
    const suspendedMs = this.monotonic.suspendedMs();
    const sleptMs = Math.floor(suspendedMs - this.#suspendedMs);
    if (sleptMs < SUSPENDED_MS_MIN) return 0;
    this.#suspendedMs = suspendedMs;
    if (this.#sample) this.#sample = { ...this.#sample, at: this.#sample.at + sleptMs };
    return sleptMs;
  }
}

/** Returns the epoch milliseconds of an answer to `TIME`. */
export const msOfTime = ([seconds, micros]: readonly unknown[]): number =>
  Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);

const timeAt = ({ at, ms }: { at: number; ms: number }, nowMs: number): number => at + (nowMs - ms) * SHOP_RATE.min;

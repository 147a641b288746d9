import { accepted, type ClockNotice, stepped, suspended } from './clock-notices.ts';
import type { Monotonic } from './monotonic.ts';
import { openingTime } from './opening-time.ts';
import {
  acceptedOffset,
  CLOCK_STEP_MS,
  type ClockOffset,
  type ClockReading,
  type ClockStats,
  NO_OFFSET,
  offsetAt,
  offsetFor,
  possibleTimes,
  type TimeSample,
} from './shop-time.ts';

/** A shorter suspension is noise between the two clocks. */
export const SUSPENDED_MS_MIN = 1_000;

interface SteadyClockOptions {
  /** The wall clock, epoch milliseconds. */
  wall: () => number;
  /** Null: the clock follows every step of the wall clock. */
  monotonic: Monotonic | null;
  offset?: ClockOffset;
  notify?: (notice: ClockNotice) => void;
}

/** The time of one process: its wall clock, whose steps are absorbed in an offset. */
export class SteadyClock {
  readonly stats: ClockStats = { offsetMs: 0, steps: 0 };
  readonly #wall: () => number;
  readonly #monotonic: Monotonic | null;
  readonly #notify: (notice: ClockNotice) => void;
  #offset: ClockOffset;
  #sample: TimeSample | null = null;
  #suspendedMs: number;

  constructor({ wall, monotonic, offset = NO_OFFSET, notify = () => undefined }: SteadyClockOptions) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#notify = notify;
    this.#offset = offset;
    this.#suspendedMs = monotonic?.suspendedMs() ?? 0;
  }

  get isGuarded(): boolean {
    return this.#monotonic !== null;
  }

  /** The object is replaced whenever the offset changes. */
  get offset(): ClockOffset {
    return this.#offset;
  }

  /** Returns the time, never before `lastAt`, the time of the last batch (0: there was none). */
  now(lastAt = 0): number {
    const wallAt = this.#wall();
    if (!this.#monotonic) return Math.max(wallAt, lastAt);
    const ms = this.#monotonic.nowMs();
    if (this.#sample) this.#absorbStep(wallAt, lastAt, ms);
    else this.#begin(wallAt, lastAt);
    this.stats.offsetMs = offsetAt(this.#offset, wallAt);
    const at = Math.max(wallAt + this.stats.offsetMs, lastAt);
    this.#sample = { at, fromMs: ms, toMs: ms };
    return at;
  }

  read(lastAt: number): ClockReading {
    const at = this.now(lastAt);
    const { offsetMs } = this.stats;
    return { at, wallAt: this.#wall(), offsetMs, slewing: this.#offset.slewFromMs !== null && offsetMs > 0 };
  }

  /** Accepts the wall clock (see `acceptedOffset`). Returns by how many milliseconds shop time moves ahead. */
  accept(lastAt: number): number {
    const { at, wallAt, offsetMs, slewing } = this.read(lastAt);
    if (offsetMs === 0 || slewing) return 0;
    this.#offset = acceptedOffset(this.#offset, wallAt);
    const movedMs = offsetMs < 0 ? Math.max(0, wallAt - at) : 0;
    const moved = Math.max(at, at + movedMs);
    if (this.#sample) this.#sample = { ...this.#sample, at: moved };
    this.#notify(accepted(movedMs, this.#offset));
    return movedMs;
  }

  #begin(wallAt: number, lastAt: number): void {
    const { offset, notices } = openingTime({ wallAt, offset: this.#offset, lastAt, ownWallAt: wallAt });
    if (offset) this.#offset = offset;
    for (const notice of notices) this.#notify(notice);
  }

  #absorbStep(wallAt: number, lastAt: number, ms: number): void {
    const now = wallAt + offsetAt(this.#offset, wallAt);
    if (this.#isPossible(now, lastAt, ms)) return;
    this.#wakeUp();
    if (!this.#sample || this.#isPossible(now, lastAt, ms)) return;
    const at = Math.max(lastAt, this.#sample.at + Math.floor(ms - this.#sample.toMs));
    this.#offset = offsetFor(at, wallAt);
    this.stats.steps += 1;
    this.#notify(stepped(now - at, this.#offset));
  }

  #isPossible(now: number, lastAt: number, ms: number): boolean {
    if (!this.#sample) return true;
    const { earliest, latest } = possibleTimes(this.#sample, ms);
    return now >= earliest && now <= latest && now >= lastAt - CLOCK_STEP_MS;
  }

  /** Moves ahead by the time in which the machine was suspended since the last call. */
  #wakeUp(): void {
    const suspendedMs = this.#monotonic?.suspendedMs() ?? 0;
    const sleptMs = Math.floor(suspendedMs - this.#suspendedMs);
    if (sleptMs < SUSPENDED_MS_MIN || !this.#sample) return;
    this.#suspendedMs = suspendedMs;
    this.#sample = { ...this.#sample, at: this.#sample.at + sleptMs };
    this.#notify(suspended(sleptMs, this.stats.offsetMs));
  }
}

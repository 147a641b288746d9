import { type ClockNotice, stepped, suspended } from '../../time/clock-notices.ts';
import { CLOCK_STEP_MS, offsetAt, offsetFor } from '../../time/shop-time.ts';
import { formatClockField, parseClockField } from './clock-field.ts';
import type { RedisLink } from '../link/redis-link.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import type { StoreClock } from './store-clock.ts';

/** The reply of `commit.lua` where the wall clock seems to have stepped. Nothing was written. */
export interface ClockStepped {
  word: 'clock_stepped';
  wallAt: number;
  /** The field `clock` of the shop's meta. */
  field: string;
  /** The time of the shop's last batch. */
  lastAt: number;
}

/** The time at which a batch was sent, on the monotonic clock, and the earliest shop time that was possible then. */
export interface SentAt {
  ms: number;
  earliest: number;
}

interface KeeperOptions {
  link: RedisLink;
  calls: ScriptCalls;
  clock: StoreClock;
  notify: (notice: ClockNotice) => void;
}

/**
 * Absorbs steps of the Redis server's wall clock in the shop's offset. If several processes see a step at once, the
 * first one changes the offset, and the others then find the shop time that they expect.
 */
export class ClockKeeper {
  readonly #options: KeeperOptions;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Resolves with whether there was a step. The reply to a batch that took long looks like one. Rejects as the link
   * does.
   */
  async absorb(found: ClockStepped, sent: SentAt): Promise<boolean> {
    const { clock, notify } = this.#options;
    const known = parseClockField(found.field);
    const now = found.wallAt + offsetAt(known, found.wallAt);
    const sleptMs = clock.wakeUp();
    if (sleptMs > 0) notify(suspended(sleptMs, clock.stats.offsetMs));
    if (!this.#isStep(now, found.lastAt, sent)) return false;
    const at = Math.max(found.lastAt, clock.expected(sent.ms));
    const offset = offsetFor(at, found.wallAt);
    const changed = await this.#change(found.field, formatClockField({ ...known, ...offset }));
    if (!changed) return true;
    clock.stats.steps += 1;
    clock.stats.offsetMs = offset.offsetMs;
    notify(stepped(now - at, offset));
    return true;
  }

  #isStep(now: number, lastAt: number, sent: SentAt): boolean {
    const possible = this.#options.clock.possible();
    if (!possible) return false;
    if (now < sent.earliest || now < lastAt - CLOCK_STEP_MS) return true;
    return now > possible.latest && lastAt <= possible.latest;
  }

  async #change(known: string, changed: string): Promise<boolean> {
    const { calls, link } = this.#options;
    const [command, ...words] = calls.words('set-clock');
    return (await link.send(command, [...words, known, changed, ''])) === 1;
  }
}

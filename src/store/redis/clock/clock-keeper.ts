import { type ClockNotice, stepped, suspended } from '../../time/clock-notices.ts';
import { CLOCK_STEP_MS, offsetAt, offsetFor } from '../../time/shop-time.ts';
import { formatClockField, parseClockField } from './clock-field.ts';
import { script } from '../scripts/lua-scripts.ts';
import { shopKey } from '../link/redis-keys.ts';
import type { RedisLink } from '../link/redis-link.ts';
import type { StoreClock } from './store-clock.ts';

/** What `commit.lua` answers, with nothing written, where its wall clock seems to have stepped. */
export interface ClockStepped {
  word: 'clock_stepped';
  wallAt: number;
  /** The field `clock` of the shop's meta. */
  field: string;
  /** The time of the shop's last batch. */
  lastAt: number;
}

/** When a batch was sent, and which times were possible then. */
export interface SentAt {
  ms: number;
  earliest: number;
}

export interface KeeperOptions {
  shop: string;
  link: RedisLink;
  clock: StoreClock;
  notify: (notice: ClockNotice) => void;
}

/**
 * Absorbs steps of the Redis server's wall clock in the shop's offset. Several processes may see one step at once: the
 * first that changes the offset wins, and the others find shop time where they expect it.
 */
export class ClockKeeper {
  readonly #options: KeeperOptions;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Resolves with whether there was a step. A batch that was under way for long looks like one. Rejects as the link
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
    const { shop, link } = this.#options;
    const { functionName } = script('set-clock');
    return (await link.send('FCALL', [functionName, 1, shopKey(shop, 'meta'), known, changed, ''])) === 1;
  }
}

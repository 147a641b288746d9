import { StoreError } from '../../store.ts';
import type { FoundServer } from './master-fence.ts';

/**
 * A running process tries to connect at least once a second, and then compares the store with its acknowledged writes.
 */
const PAUSE_MS = 2_000;

const PROBLEM = 'a replica was promoted: the shop waits until each process has looked for lost writes';

/**
 * Delays the service of all processes after a failover. An idle process does not know the last writes of another
 * process. If they were lost, it would sell their units again, or answer that an order does not exist, before the other
 * process has connected and noticed the loss.
 */
export class FailoverPause {
  #passedBy = '';
  /** The last server without an epoch of its own, and when this process found it first. */
  #first = { server: '', at: 0 };

  /** Throws `StoreError` `unavailable` while the epoch that began at a promoted replica at `beganAt` is too young. */
  assertOver(found: FoundServer, beganAt: number): void {
    if (this.#wasPaused(found, beganAt)) this.end(found.server);
  }

  /** Like `assertOver`, for reads at a server where no epoch has begun yet: the pause begins when it is found. */
  assertFound(found: FoundServer): void {
    if (this.#first.server !== found.server) this.#first = { server: found.server, at: found.now };
    this.#wasPaused(found, this.#first.at);
  }

  /** Returns whether there was a pause, and it is over. */
  #wasPaused({ server, formerHistory, now }: FoundServer, beganAt: number): boolean {
    if (formerHistory === '' || server === this.#passedBy) return false;
    const ageMs = now - beganAt;
    // An epoch that begins after `now` was begun while the clock was behind, so its age is unknown.
    if (ageMs >= 0 && ageMs < PAUSE_MS) throw new StoreError('unavailable', PROBLEM, { problem: PROBLEM });
    return true;
  }

  /** Ends the pause for this run of the server. */
  end(server: string): void {
    this.#passedBy = server;
  }
}

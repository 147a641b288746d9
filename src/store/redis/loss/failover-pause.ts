import { epochBeganAt } from '../../../domain/epoch.ts';
import { StoreError } from '../../store.ts';
import type { FoundServer } from './master-fence.ts';

/**
 * A running process tries to connect at least once a second, and then compares the store with its acknowledged writes.
 */
const PAUSE_MS = 2_000;

const PROBLEM = 'a replica was promoted: the shop waits until each process has looked for lost writes';

/**
 * Delays the service of all processes after a failover. An idle process does not know the last writes of another
 * process. If they were lost, it would sell their units again before the other process has connected and noticed the
 * loss.
 */
export class FailoverPause {
  #passedBy = '';

  /** Throws `StoreError` `unavailable` while the epoch that began at a promoted replica is too young. */
  assertOver({ server, formerHistory, now }: FoundServer, epoch: number): void {
    if (formerHistory === '' || server === this.#passedBy) return;
    const ageMs = now - epochBeganAt(epoch);
    // An epoch that begins after `now` was begun while the clock was behind, so its age is unknown.
    if (ageMs >= 0 && ageMs < PAUSE_MS) throw new StoreError('unavailable', PROBLEM, { problem: PROBLEM });
    this.end(server);
  }

  /** Ends the pause for this run of the server. */
  end(server: string): void {
    this.#passedBy = server;
  }
}

import { epochBeganAt } from '../../../domain/epoch.ts';
import { StoreError } from '../../store.ts';
import type { FoundServer } from './master-fence.ts';

/** A process that still runs tries at least once a second to connect, and then compares. */
const PAUSE_MS = 2_000;

const PROBLEM = 'a replica was promoted: the shop waits until each process has looked for lost writes';

/**
 * Lets no process serve right after a failover. A process that was idle knows nothing of the last writes of another
 * one, and would sell their units again before that one has connected and found them missing.
 */
export class FailoverPause {
  #passedBy = '';

  /** Throws `StoreError` `unavailable` while the epoch that began at a promoted replica is too young. */
  assertOver({ server, formerHistory, now }: FoundServer, epoch: number): void {
    if (formerHistory === '' || server === this.#passedBy) return;
    const ageMs = now - epochBeganAt(epoch);
    // An epoch that seems to begin later is one of a clock that was behind.
    if (ageMs >= 0 && ageMs < PAUSE_MS) throw new StoreError('unavailable', PROBLEM, { problem: PROBLEM });
    this.end(server);
  }

  /** Waits no more for the epochs of this run of the server. */
  end(server: string): void {
    this.#passedBy = server;
  }
}

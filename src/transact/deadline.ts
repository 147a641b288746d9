import { StoreError } from '../store/store.ts';

/** How much longer a call may go on. Local and monotonic: the store's time decides nothing here. */
export class Deadline {
  /** By `performance.now`. */
  readonly endMs: number;

  constructor(durationMs: number) {
    this.endMs = performance.now() + durationMs;
  }

  /** Throws `StoreError` `unavailable` once the time is over: the call had no effect so far. */
  check(what: string): void {
    if (performance.now() >= this.endMs) throw new StoreError('unavailable', `gave up in time: ${what}`);
  }
}

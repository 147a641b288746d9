import type { RecentWrites } from './recent-writes.ts';
import type { WriteMark } from './write-mark.ts';

/** What batches need of the epoch in which their connection was opened, and what they add to it. */
export interface EpochProgress {
  readonly epoch: number;
  readonly mark: WriteMark;
  readonly recent: RecentWrites;
}

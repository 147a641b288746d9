import type { RecentWrites } from './recent-writes.ts';
import type { WriteMark } from './write-mark.ts';

/** The epoch in which a connection was opened, and the records of acknowledged writes, to which its batches add. */
export interface EpochProgress {
  readonly epoch: number;
  readonly mark: WriteMark;
  readonly recent: RecentWrites;
}

import type { StoreError } from '../store.ts';
import type { BatchCall, BatchDone } from './batch-codec.ts';
import type { ClockKeeper, SentAt } from './clock-keeper.ts';
import type { LossGuard } from './loss-guard.ts';
import type { RedisLink } from './redis-link.ts';
import type { StoreClock } from './store-clock.ts';

export interface SenderOptions {
  shop: string;
  link: RedisLink;
  clock: StoreClock;
  keeper: ClockKeeper;
  guard: LossGuard;
  /** Known once the shop is open. */
  incarnation: () => string;
  batchDeadlineMs: number;
}

/** A batch that waits for its answer, over as many attempts as it takes. */
export interface Job {
  call: BatchCall;
  /** When the caller is answered whatever happens, by `performance.now`. */
  deadline: number;
  timer: NodeJS.Timeout;
  resolve: (done: BatchDone) => void;
  reject: (error: StoreError) => void;
  sent: boolean;
  sentAt: SentAt;
  /** An attempt was lost on its way: it may have been applied. */
  uncertain: boolean;
  settled: boolean;
}

import { useNow } from './clock-tick.ts';
import { duration } from '../format.ts';
import { TEXT } from '../text.ts';
import styles from './stale-mark.module.css';

export interface Freshness {
  /** When the data on the screen arrived, in epoch milliseconds of this computer; 0: never. */
  updatedAt: number;
  /** Data that are older than this are stale. */
  staleAfterMs: number;
  /** Whether the last attempt to read them failed, or their stream is interrupted. */
  isInterrupted: boolean;
}

/** How old the data of the screen are. Says so in words as soon as they are stale, or a reading failed. */
export function StaleMark({ updatedAt, staleAfterMs, isInterrupted }: Freshness) {
  const now = useNow('browser');
  if (updatedAt === 0) return isInterrupted ? <span className={styles.stale}>{TEXT.parts.noData}</span> : null;
  const ageMs = Math.max(0, now - updatedAt);
  const isStale = ageMs > staleAfterMs;
  const isLive = !isStale && !isInterrupted;
  const age = duration(Math.max(1_000, ageMs));
  return (
    <span className={isLive ? styles.live : styles.stale} role="status">
      {isLive ? TEXT.parts.live : isStale ? TEXT.parts.stale(age) : TEXT.parts.noAnswer}
    </span>
  );
}

import { duration } from '../../format.ts';
import { useNow } from '../../parts/clock-tick.ts';
import { DETAIL } from '../../detail-text.ts';
import styles from './audit.module.css';

interface AuditProgressProps {
  startedAt: number;
  /** How long the last audit took. It is the only clue, because an audit reports no progress. */
  lastTookMs: number | undefined;
}

/** How long an audit has been running, and how long the last one took. */
export function AuditProgress({ startedAt, lastTookMs }: AuditProgressProps) {
  const elapsedMs = Math.max(0, useNow('browser') - startedAt);
  return (
    <div className={styles.verdict}>
      <p role="status">
        <strong>{DETAIL.audit.running}</strong> {DETAIL.audit.elapsed(duration(Math.max(1_000, elapsedMs)))}{' '}
        {lastTookMs !== undefined && DETAIL.audit.lastTook(duration(lastTookMs))}
      </p>
      {lastTookMs !== undefined && (
        <progress
          className={styles.progress}
          aria-label={DETAIL.audit.estimate}
          max={Math.max(1, lastTookMs)}
          value={Math.min(elapsedMs, lastTookMs)}
        />
      )}
      <p className={styles.hint}>{DETAIL.audit.noProgress}</p>
    </div>
  );
}

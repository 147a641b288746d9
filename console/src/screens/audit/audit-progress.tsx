import { duration } from '../../format.ts';
import type { ShopStatus } from '../../live/use-status.ts';
import { useNow } from '../../parts/clock-tick.ts';
import { DETAIL } from '../../detail-text.ts';
import styles from './audit.module.css';

type Running = NonNullable<ShopStatus['runningAudit']>;

const { audit: text } = DETAIL;
/** In their order. */
const STEPS = Object.keys(text.steps) as Running['step'][];

interface AuditProgressProps {
  startedAt: number;
  /** How far the audit of the process is that answers. Undefined: it runs none, or the key cannot see it. */
  running: Running | undefined;
  /** How long the last audit took. */
  lastTookMs: number | undefined;
}

/** How far an audit is: its step, and how long it has been running. */
export function AuditProgress({ startedAt, running, lastTookMs }: AuditProgressProps) {
  const elapsedMs = Math.max(0, useNow('browser') - startedAt);
  return (
    <div className={styles.verdict}>
      <p role="status">
        <strong>{text.running}</strong> {text.elapsed(duration(Math.max(1_000, elapsedMs)))}{' '}
        {lastTookMs !== undefined && text.lastTook(duration(lastTookMs))}
      </p>
      {running && <Steps running={running} />}
      <p className={styles.hint}>{text.goesOn}</p>
    </div>
  );
}

function Steps({ running: { step, done, of = 0 } }: { running: Running }) {
  const index = STEPS.indexOf(step);
  // A step without a known end counts when it is over.
  const part = of > 0 ? done / of : 0;
  return (
    <>
      <progress className={styles.progress} aria-label={text.progress} max={STEPS.length} value={index + part} />
      <p>{text.step(index + 1, STEPS.length, text.steps[step](done, of))}</p>
    </>
  );
}

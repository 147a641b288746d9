import { useNow } from './clock-tick.ts';
import { clock, moment } from '../format.ts';
import { TEXT } from '../text.ts';
import styles from './countdown.module.css';

const URGENT_MS = 60_000;

interface CountdownProps {
  /** Shop time; null: there is no deadline. */
  until: number | null;
}

/** The time left until a deadline of the shop. */
export function Countdown({ until }: CountdownProps) {
  const now = useNow('shop');
  if (until === null) return <span className={styles.none}>{TEXT.parts.noDeadline}</span>;
  const leftMs = until - now;
  if (leftMs <= 0) return <span className={styles.over}>{TEXT.parts.overdue}</span>;
  return (
    <time
      dateTime={new Date(until).toISOString()}
      title={moment(until)}
      className={leftMs < URGENT_MS ? styles.urgent : undefined}
    >
      {clock(leftMs)}
    </time>
  );
}

import { useNow } from './clock-tick.ts';
import { clock, moment } from '../format.ts';
import { TEXT } from '../text.ts';
import styles from './countdown.module.css';

const URGENT_MS = 60_000;

interface CountdownProps {
  /** Epoch milliseconds of the server; null: there is no deadline. */
  until: number | null;
  /** How far the server's clock is ahead of this computer's. */
  serverAheadMs?: number;
}

/** The time left until a deadline of the server. */
export function Countdown({ until, serverAheadMs = 0 }: CountdownProps) {
  const now = useNow() + serverAheadMs;
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

import type { ReactNode } from 'react';
import styles from './badge.module.css';

export type Tone = 'neutral' | 'ok' | 'warn' | 'danger';

/** A short word about a state. The word says it; the color only repeats it. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}

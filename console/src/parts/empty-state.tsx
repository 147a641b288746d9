import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

/** What a screen shows where there is nothing: why that is, and what to do. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

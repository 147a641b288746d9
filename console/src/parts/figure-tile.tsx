import type { ReactNode } from 'react';
import type { Tone } from './badge.tsx';
import styles from './figure-tile.module.css';

interface FigureTileProps {
  label: string;
  /** Undefined while it is loading. */
  value: ReactNode;
  unit?: string;
  /** What the number means now, such as "of 500 units". */
  note?: ReactNode;
  tone?: Tone;
}

/** A number with its label. Put several into `Figures`. */
export function FigureTile({ label, value, unit, note, tone = 'neutral' }: FigureTileProps) {
  return (
    <div className={`${styles.tile} ${styles[tone]}`}>
      <dt>{label}</dt>
      <dd>
        {value === undefined ? (
          <span className={styles.loading} aria-hidden="true" />
        ) : (
          <span className={styles.value}>
            {value}
            {unit && <small>{unit}</small>}
          </span>
        )}
        {note && <span className={styles.note}>{note}</span>}
      </dd>
    </div>
  );
}

/** A row of figures, which wraps. */
export const Figures = ({ children }: { children: ReactNode }) => <dl className={styles.figures}>{children}</dl>;

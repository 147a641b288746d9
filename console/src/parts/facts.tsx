import type { ReactNode } from 'react';
import styles from './facts.module.css';
import { Card } from './page.tsx';

/** Names with their values. A value that is absent is left out. */
export const Facts = ({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) => (
  <Card>
    <dl className={styles.facts}>
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  </Card>
);

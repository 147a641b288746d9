import { Badge } from '../../parts/badge.tsx';
import { TEXT } from '../../text.ts';
import type { Alert } from './alerts.ts';
import styles from './alert-list.module.css';

const WORDS = { danger: TEXT.parts.urgent, warn: TEXT.parts.soon, neutral: TEXT.parts.note };

/** The alerts that are on, or that there are none. Screen readers announce a change. */
export function AlertList({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <div role="status">
      {alerts.length === 0 ? (
        <p className={styles.well}>
          <Badge tone="ok">{TEXT.overview.noAlerts}</Badge>
          <span>{TEXT.overview.noAlertsLead}</span>
        </p>
      ) : (
        <ul className={styles.list}>
          {alerts.map(({ tone, text }) => (
            <li key={text}>
              <Badge tone={tone}>{WORDS[tone]}</Badge>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

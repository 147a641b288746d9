import type { ComponentProps } from 'react';
import { SubjectLink } from '../subject-link.tsx';
import styles from './webhooks.module.css';

interface NamedEvent extends Pick<ComponentProps<typeof SubjectLink>, 'subject'> {
  eventId: string;
  type: string;
}

/** The type of an event, with its id on hover, and what it is about. */
export function EventName({ event: { eventId, type, subject } }: { event: NamedEvent }) {
  return (
    <span className={styles.event}>
      <code title={eventId}>{type}</code>
      <SubjectLink subject={subject} />
    </span>
  );
}

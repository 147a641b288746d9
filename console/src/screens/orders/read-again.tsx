import { AgeText } from '../../parts/moment-text.tsx';
import { Button } from '../../parts/button.tsx';
import { DETAIL } from '../../detail-text.ts';
import styles from './orders.module.css';

interface ReadAgainProps {
  query: { dataUpdatedAt: number; isFetching: boolean; refetch: () => unknown };
}

/**
 * How old the orders are, and a button that reads them again. A key that sees contacts leaves an event with each
 * reading, so its orders are not read every few seconds.
 */
export function ReadAgain({ query: { dataUpdatedAt, isFetching, refetch } }: ReadAgainProps) {
  if (dataUpdatedAt === 0) return null;
  return (
    <>
      <span className={styles.note} title={DETAIL.orders.contactsRecorded}>
        {DETAIL.orders.readAt} <AgeText at={dataUpdatedAt} clock="browser" />
      </span>
      <Button disabled={isFetching} onClick={() => void refetch()}>
        {DETAIL.orders.readAgain}
      </Button>
    </>
  );
}

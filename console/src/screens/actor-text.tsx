import { Link } from '@tanstack/react-router';
import { DETAIL } from '../detail-text.ts';
import styles from './shared.module.css';

const SESSION_HASH = /^[\w-]{22}$/;
const KEY = 'key:';
const CUSTOMER = 'customer:';

/** Who caused a movement. A shopper is a link to their cart. */
export function ActorText({ by }: { by: string }) {
  if (by === 'operator') return DETAIL.ledger.operator;
  if (by === 'expiry') return DETAIL.ledger.deadline;
  if (by.startsWith(KEY)) return <span className={styles.id}>{DETAIL.ledger.key(by.slice(KEY.length))}</span>;
  if (by.startsWith(CUSTOMER)) {
    return <span title={by}>{DETAIL.ledger.customer(by.slice(CUSTOMER.length))}</span>;
  }
  if (!SESSION_HASH.test(by)) return <span className={styles.id}>{by}</span>;
  return (
    <Link to="/carts/$cartId" params={{ cartId: `crt_${by}` }} title={by}>
      {DETAIL.ledger.shopper(by)}
    </Link>
  );
}

import { Link } from '@tanstack/react-router';
import { DETAIL } from '../detail-text.ts';
import type { CartOrigin } from './cart-origin.ts';
import styles from './shared.module.css';

const SESSION_HASH = /^[\w-]{22}$/;
const KEY = 'key:';
const CUSTOMER = 'customer:';

/** Who caused a movement. A shopper is a link to their cart. */
export function ActorText({ by, from = {} }: { by: string; from?: CartOrigin }) {
  if (by === 'operator') return DETAIL.ledger.operator;
  if (by === 'expiry') return DETAIL.ledger.deadline;
  if (by.startsWith(KEY)) return <span className={styles.id}>{DETAIL.ledger.key(by.slice(KEY.length))}</span>;
  if (by.startsWith(CUSTOMER)) {
    return <span title={by}>{DETAIL.ledger.customer(by.slice(CUSTOMER.length))}</span>;
  }
  if (!SESSION_HASH.test(by)) return <span className={styles.id}>{by}</span>;
  return (
    <Link to="/carts/$cartId" params={{ cartId: `crt_${by}` }} search={from} title={by}>
      {DETAIL.ledger.shopper(by)}
    </Link>
  );
}

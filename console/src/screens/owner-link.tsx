import { Link } from '@tanstack/react-router';
import type { CartOrigin } from './cart-origin.ts';
import { ownerName, ownerParts } from './hold-owner.ts';
import styles from './shared.module.css';

/** The owner of a hold, as a link to its screen where it has one. */
export function OwnerLink({ owner, from = {} }: { owner: string; from?: CartOrigin }) {
  const { kind, id } = ownerParts(owner);
  const label = (
    <span className={styles.id} title={id}>
      {ownerName(owner)}
    </span>
  );
  if (kind === 'cart') {
    return (
      <Link to="/carts/$cartId" params={{ cartId: id }} search={from}>
        {label}
      </Link>
    );
  }
  if (kind === 'order') {
    return (
      <Link to="/orders/$orderId" params={{ orderId: id }}>
        {label}
      </Link>
    );
  }
  if (kind !== 'reservation') return label;
  return (
    <Link to="/reservations/$reservationId" params={{ reservationId: id }}>
      {label}
    </Link>
  );
}

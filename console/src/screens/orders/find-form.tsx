import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import styles from './orders.module.css';

const SESSION_HASH = /^[\w-]{22}$/;

/** Goes to what an id names. Any other text may be a customer or a reference, for which the lists are searched. */
export function FindForm({ start }: { start: string }) {
  const [text, setText] = useState(start);
  const navigate = useNavigate();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = text.trim();
    if (found === '') void navigate({ to: '/orders', search: {} });
    else if (found.startsWith('ord_')) void navigate({ to: '/orders/$orderId', params: { orderId: found } });
    else if (found.startsWith('res_')) {
      void navigate({ to: '/reservations/$reservationId', params: { reservationId: found } });
    } else if (found.startsWith('crt_')) void navigate({ to: '/carts/$cartId', params: { cartId: found } });
    else if (SESSION_HASH.test(found)) void navigate({ to: '/carts/$cartId', params: { cartId: `crt_${found}` } });
    else void navigate({ to: '/orders', search: { find: found } });
  };
  return (
    <form className={styles.find} role="search" aria-label={TEXT.screens.orders} onSubmit={submit}>
      <Field
        label={DETAIL.orders.find}
        hint={DETAIL.orders.findHint}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit">{DETAIL.orders.findButton}</Button>
    </form>
  );
}

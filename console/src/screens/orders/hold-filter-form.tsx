import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { TEXT } from '../../text.ts';
import styles from './orders.module.css';

interface HoldFilterFormProps {
  start: { sku: string | undefined; holder: string | undefined; older: number | undefined };
}

/** The filter of the list of holds. It is in the URL, so that it can be sent as a link. */
export function HoldFilterForm({ start }: HoldFilterFormProps) {
  const [draft, setDraft] = useState({
    sku: start.sku ?? '',
    holder: start.holder ?? '',
    older: start.older === undefined ? '' : String(start.older),
  });
  const navigate = useNavigate();
  const { sku, holder, older } = draft;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const search = {
      sku: sku.trim() || undefined,
      holder: holder.trim() || undefined,
      older: Number(older) || undefined,
    };
    void navigate({ to: '/orders', search: { view: 'holds', ...search } });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.filters}>
        <Field
          label={TEXT.massRelease.sku}
          value={sku}
          onChange={(event) => setDraft({ ...draft, sku: event.target.value })}
        />
        <Field
          label={TEXT.massRelease.holder}
          hint={TEXT.massRelease.holderHint}
          value={holder}
          onChange={(event) => setDraft({ ...draft, holder: event.target.value })}
        />
        <Field
          label={TEXT.massRelease.older}
          type="number"
          min={1}
          value={older}
          onChange={(event) => setDraft({ ...draft, older: event.target.value })}
        />
      </div>
      <div className={styles.bar}>
        <Button type="submit">{TEXT.massRelease.apply}</Button>
        <Button look="quiet" onClick={() => void navigate({ to: '/orders', search: { view: 'holds' } })}>
          {TEXT.massRelease.clear}
        </Button>
      </div>
    </form>
  );
}

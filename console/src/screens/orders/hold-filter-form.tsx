import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { DETAIL } from '../../detail-text.ts';
import styles from './orders.module.css';

interface HoldFilterFormProps {
  start: { sku: string | undefined; holder: string | undefined; older: number | undefined };
}

function useFilterDraft({ start }: HoldFilterFormProps) {
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
  const clear = (): void => void navigate({ to: '/orders', search: { view: 'holds' } });
  const set = (change: Partial<typeof draft>): void => setDraft({ ...draft, ...change });
  return { ...draft, set, submit, clear };
}

/** The filter of the list of holds. It is in the URL, so that it can be sent as a link. */
export function HoldFilterForm(props: HoldFilterFormProps) {
  const { sku, holder, older, set, submit, clear } = useFilterDraft(props);
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.filters}>
        <Field label={DETAIL.massRelease.sku} value={sku} onChange={(event) => set({ sku: event.target.value })} />
        <Field
          label={DETAIL.massRelease.holder}
          hint={DETAIL.massRelease.holderHint}
          value={holder}
          onChange={(event) => set({ holder: event.target.value })}
        />
        <Field
          label={DETAIL.massRelease.older}
          type="number"
          min={1}
          value={older}
          onChange={(event) => set({ older: event.target.value })}
        />
      </div>
      <div className={styles.bar}>
        <Button type="submit">{DETAIL.massRelease.apply}</Button>
        <Button look="quiet" onClick={clear}>
          {DETAIL.massRelease.clear}
        </Button>
      </div>
    </form>
  );
}

import { skipToken, useQuery } from '@tanstack/react-query';
import { type FormEvent, useDeferredValue, useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { Field } from '../../parts/field.tsx';
import { useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import styles from './sale-screen.module.css';

const { sale: text } = DETAIL;
const SHOWN = 6;

interface SkuSearchProps {
  chosen: readonly string[];
  /** The most SKUs that the screen shows. */
  max: number;
  onAdd: (sku: string) => void;
}

/** Finds SKUs by what they begin with, or else by their title, and adds them to the sale. */
export function SkuSearch({ chosen, max, onAdd }: SkuSearchProps) {
  const [typed, setTyped] = useState('');
  const { found, error, isFetching } = useFound(typed.trim());
  const isAsked = typed.trim() !== '' || chosen.length === 0;
  const offered = found?.filter(({ sku }) => isAsked && !chosen.includes(sku)).slice(0, SHOWN) ?? [];
  const isFull = chosen.length >= max;
  const add = (sku: string): void => {
    setTyped('');
    onAdd(sku);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const best = offered.find(({ sku }) => sku === typed.trim()) ?? offered[0];
    if (best && !isFull) add(best.sku);
  };
  return (
    <form className={styles.search} role="search" aria-label={text.find} onSubmit={submit}>
      <Field
        type="search"
        label={text.find}
        hint={isFull ? text.full(max) : text.findHint}
        value={typed}
        disabled={isFull}
        onChange={(event) => setTyped(event.target.value)}
      />
      {error !== null && <ErrorText error={error} />}
      <p className="visually-hidden" role="status">
        {typed.trim() !== '' && !isFetching && text.foundCount(offered.length)}
      </p>
      {!isFull && <Offers offered={offered} onAdd={add} />}
      {typed.trim() !== '' && found?.length === 0 && !isFetching && (
        <p className={styles.note}>{text.notFound(typed.trim())}</p>
      )}
    </form>
  );
}

interface OffersProps {
  offered: readonly StockLevel[];
  onAdd: (sku: string) => void;
}

function Offers({ offered, onAdd }: OffersProps) {
  if (offered.length === 0) return null;
  return (
    <ul className={styles.found} aria-label={text.found}>
      {offered.map(({ sku, title, available }) => (
        <li key={sku}>
          <Button className={styles.offer ?? ''} onClick={() => onAdd(sku)}>
            <span className={styles.name}>{text.add(sku)}</span>
            <span className={styles.note}>{text.offer(title, number(available))}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** Without a term it finds the first SKUs of the shop. */
function useFound(term: string) {
  const trpc = useTRPC();
  const late = useDeferredValue(term);
  const first = useQuery(
    trpc.stock.list.queryOptions({ limit: 2 * SHOWN, ...(late !== '' && { prefix: late }) }, { staleTime: 10_000 }),
  );
  const isMissing = late !== '' && first.data?.items.length === 0;
  const second = useQuery(trpc.stock.list.queryOptions(isMissing ? { limit: SHOWN, contains: late } : skipToken));
  const { data, error, isFetching } = isMissing ? second : first;
  return { found: data?.items, error, isFetching };
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Outputs } from '../../../../src/client/client.ts';
import { number, share } from '../../format.ts';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { AgeText } from '../../parts/moment-text.tsx';
import { Section } from '../../parts/page.tsx';
import { useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { ActorText } from '../actor-text.tsx';
import styles from './sale-screen.module.css';

const { holders: text } = DETAIL.sale;
const SHOWN = 6;
const KINDS = ['session', 'client'] as const;

type Holder = Outputs['holds']['top']['items'][number] & { ofAll: number; sku: string };

const COLUMNS: TableColumn<Holder>[] = [
  {
    id: 'holder',
    header: DETAIL.holds.owner,
    cell: ({ row }) => <ActorText by={row.original.holder} from={{ sku: row.original.sku }} />,
  },
  {
    id: 'units',
    header: DETAIL.holds.quantity,
    meta: { align: 'right' },
    cell: ({ row }) => number(row.original.units),
  },
  { id: 'share', header: text.share, meta: { align: 'right' }, cell: ({ row }) => share(row.original.ofAll) },
  {
    id: 'since',
    header: text.since,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row }) => <AgeText at={row.original.since} />,
  },
  {
    id: 'holds',
    header: text.holds,
    meta: { align: 'right' },
    cell: ({ row: { original } }) => (
      <Link to="/orders" search={{ view: 'holds', sku: original.sku, holder: original.holder }}>
        {text.holdCount(original.holds)}
      </Link>
    ),
  },
];

/** Who holds the most units of one of the SKUs. */
export function SaleHolders({ skus }: { skus: readonly string[] }) {
  const [wanted, setWanted] = useState(skus[0] ?? '');
  const [by, setBy] = useState<(typeof KINDS)[number]>('session');
  const sku = skus.includes(wanted) ? wanted : (skus[0] ?? '');
  const input = { sku, by, limit: SHOWN };
  const { data, error, refetch } = useQuery({
    ...useTRPC().holds.top.queryOptions(input),
    refetchInterval: READ_EVERY_MS,
  });
  const all = Math.max(1, data?.units ?? 0);
  return (
    <Section title={text.title} note={data && text.of(data.units, data.holders)}>
      <div className={styles.choices} role="group" aria-label={text.title}>
        {KINDS.map((kind) => (
          <Choice key={kind} isOn={kind === by} label={text.by[kind]} onChoose={() => setBy(kind)} />
        ))}
        {skus.length > 1 &&
          skus.map((each) => <Choice key={each} isOn={each === sku} label={each} onChoose={() => setWanted(each)} />)}
      </div>
      <DataTable
        label={text.title}
        columns={COLUMNS}
        rows={data?.items.map((item) => ({ ...item, sku, ofAll: item.units / all }))}
        rowId={({ holder }) => holder}
        error={error}
        onRetry={() => void refetch()}
        empty={text.none}
      />
    </Section>
  );
}

const Choice = ({ isOn, label, onChoose }: { isOn: boolean; label: string; onChoose: () => void }) => (
  <Button className={styles.choice ?? ''} aria-pressed={isOn} onClick={onChoose}>
    <span className={styles.name}>{label}</span>
  </Button>
);

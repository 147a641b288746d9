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
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import shared from '../shared.module.css';
import styles from './orders.module.css';

type Top = Outputs['holds']['top'];
type Row = Top['items'][number] & { share: number };

const SHOWN = 8;

function columnsFor(sku: string): TableColumn<Row>[] {
  return [
    {
      id: 'holder',
      header: DETAIL.massRelease.holder,
      cell: ({ row: { original } }) => (
        <Link to="/orders" search={{ view: 'holds', sku, holder: original.holder }} className={shared.id}>
          {original.holder}
        </Link>
      ),
    },
    {
      id: 'units',
      header: DETAIL.holds.quantity,
      meta: { align: 'right' },
      cell: ({ row }) => number(row.original.units),
    },
    {
      id: 'share',
      header: DETAIL.massRelease.share,
      meta: { align: 'right' },
      cell: ({ row }) => share(row.original.share),
    },
    {
      id: 'holds',
      header: DETAIL.massRelease.holdsCount,
      meta: { align: 'right', hide: 'narrow' },
      cell: ({ row }) => number(row.original.holds),
    },
    {
      id: 'since',
      header: DETAIL.massRelease.since,
      meta: { align: 'right', hide: 'narrow' },
      cell: ({ row }) => <AgeText at={row.original.since} />,
    },
  ];
}

/** Who holds the most units of a SKU. A holder is a link to their holds. */
export function TopHolders({ sku, current }: { sku: string; current: string | undefined }) {
  const { may } = useOperator();
  const [by, setBy] = useState<'session' | 'client'>(current?.startsWith('clt_') ? 'client' : 'session');
  const top = useQuery({
    ...useTRPC().holds.top.queryOptions({ sku, by, limit: SHOWN }),
    enabled: may('holds.top'),
    refetchInterval: READ_EVERY_MS,
  });
  const { data } = top;
  return (
    <Section
      title={DETAIL.massRelease.top}
      note={data && DETAIL.massRelease.topOf(data.units, data.holds, data.holders)}
      actions={
        <div className={styles.bar} role="group" aria-label={DETAIL.massRelease.top}>
          {(['session', 'client'] as const).map((each) => (
            <Button key={each} className={shared.choice ?? ''} aria-pressed={each === by} onClick={() => setBy(each)}>
              {DETAIL.massRelease.by[each]}
            </Button>
          ))}
        </div>
      }
    >
      <DataTable
        label={DETAIL.massRelease.top}
        columns={columnsFor(sku)}
        rows={data?.items.map((item) => ({ ...item, share: item.units / Math.max(1, data.units) }))}
        rowId={({ holder }) => holder}
        error={top.error}
        onRetry={() => void top.refetch()}
        empty={DETAIL.massRelease.noTop}
      />
    </Section>
  );
}

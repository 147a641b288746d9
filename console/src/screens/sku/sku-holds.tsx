import { Link } from '@tanstack/react-router';
import { Suspense, useMemo, useState } from 'react';
import { usePages } from '../../live/use-pages.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { holdColumns } from '../hold-columns.tsx';
import type { Hold } from '../hold-owner.ts';

const ReleaseDialog = lazyDialog(() => import('../release-dialog.tsx'));

const PAGE = 25;

/** Who holds units of a SKU. Each hold can be released by itself. */
export function SkuHolds({ sku }: { sku: string }) {
  const { may, client } = useOperator();
  const [releasing, setReleasing] = useState<Hold | null>(null);
  const holds = usePages<Hold>({
    queryKey: ['holds', sku],
    read: (at, signal) => client.holds.list.query({ sku, limit: PAGE, ...at }, { signal }),
  });
  const mayRelease = may('holds.release');
  const columns = useMemo(() => holdColumns({ onRelease: mayRelease ? setReleasing : undefined }), [mayRelease]);
  const sum = holds.rows?.reduce((total, { quantity }) => total + quantity, 0) ?? 0;
  return (
    <Section
      title={DETAIL.sku.holds}
      note={sum > 0 && DETAIL.sku.holdsNote(sum)}
      actions={
        <Link to="/orders" search={{ view: 'holds', sku }}>
          {mayRelease ? DETAIL.sku.severalHolds : DETAIL.sku.topHolders}
        </Link>
      }
    >
      <DataTable
        label={DETAIL.sku.holds}
        columns={columns}
        rows={holds.rows}
        rowId={({ holdId }) => holdId}
        error={holds.error}
        onRetry={() => void holds.refetch()}
        empty={DETAIL.sku.noHolds}
        footer={holds.hasNextPage && <MoreButton pages={holds} />}
      />
      <Suspense>{releasing && <ReleaseDialog hold={releasing} onClose={() => setReleasing(null)} />}</Suspense>
    </Section>
  );
}

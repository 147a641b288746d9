import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { useRefresh } from '../../live/use-refresh.ts';
import { useStockWatch } from '../../live/use-stock-watch.ts';
import { Card, Page } from '../../parts/page.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { KitComponents } from './kit-components.tsx';
import { SkuChanges } from './sku-changes.tsx';
import { SkuHolds } from './sku-holds.tsx';
import { SkuLedger } from './sku-ledger.tsx';
import { SkuLevels } from './sku-levels.tsx';
import { SkuSettings } from './sku-settings.tsx';
import { SkuWork } from './sku-work.tsx';

const route = getRouteApi('/stock/$sku');

/** Everything about one SKU: its units, who has them, why they changed, and what applies to it. */
export function SkuScreen() {
  const { sku } = route.useParams();
  const { may } = useOperator();
  const trpc = useTRPC();
  const level = useQuery({ ...trpc.stock.level.queryOptions({ sku }), refetchInterval: READ_EVERY_MS });
  const refresh = useRefresh(() => void level.refetch({ cancelRefetch: false }));
  useStockWatch([sku], refresh);
  const { data } = level;
  return (
    <Page
      title={sku}
      lead={data?.title ?? DETAIL.sku.lead}
      actions={
        <>
          <StaleMark {...freshnessOf(READ_EVERY_MS, level)} />
          {data && <SkuWork level={data} />}
        </>
      }
    >
      {level.error && (
        <Card>
          <ErrorText error={level.error} onRetry={() => void level.refetch()} />
        </Card>
      )}
      {(data !== undefined || !level.error) && <SkuLevels level={data} />}
      {data && (
        <>
          <KitComponents level={data} />
          <SkuChanges key={sku} level={data} />
          {may('holds.list') && <SkuHolds sku={sku} />}
          <SkuLedger key={`ledger ${sku}`} level={data} />
          <SkuSettings level={data} />
        </>
      )}
    </Page>
  );
}

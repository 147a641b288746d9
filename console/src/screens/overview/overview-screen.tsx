import { skipToken, useQuery } from '@tanstack/react-query';
import { Suspense, useRef } from 'react';
import { freshnessOf, READ_EVERY_MS, READ_OFTEN_MS } from '../../live/freshness.ts';
import { useRates } from '../../live/use-rates.ts';
import { type ShopStatus, useStatus } from '../../live/use-status.ts';
import { ErrorText } from '../../parts/error-text.tsx';
import { Card, Page, Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { lazyPart } from '../../parts/lazy-part.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { AlertList } from './alert-list.tsx';
import { alertsOf } from './alerts.ts';
import { HealthFigures, LoadFigures } from './status-figures.tsx';

/** Without it, the first screen of the console does not need the code of tables. */
const EndpointTable = lazyPart(() => import('./endpoint-table.tsx'));

/** As the screen of the stock has it. */
const LOW_UNITS = 5;
const LOW_SKUS = 20;

/** Whether the shop is healthy, and what an operator has to do something about. */
export function OverviewScreen() {
  const { may } = useOperator();
  const status = useStatus();
  const endpoints = useEndpoints();
  const low = useLowStock();
  const rates = useRates(status.data);
  const first = useFirst(status.data);
  const { data } = status;
  const { overview } = TEXT;
  const deadLetters = endpoints.data?.items.reduce((sum, each) => sum + each.deadLetters, 0) ?? 0;
  return (
    <Page
      title={TEXT.screens.overview}
      lead={data && overview.lead(data.shop, data.engine)}
      actions={<StaleMark {...freshnessOf(READ_OFTEN_MS, status)} />}
    >
      {status.error && <ErrorText error={status.error} onRetry={() => void status.refetch()} />}
      <Section title={overview.alerts}>
        <Card>
          {data && first && <AlertList alerts={alertsOf({ status: data, first, deadLetters, low: low.data, may })} />}
        </Card>
      </Section>
      <Section title={overview.health}>
        <HealthFigures status={data} />
      </Section>
      <Section title={overview.load} note={overview.loadNote}>
        <LoadFigures status={data} rates={rates} />
      </Section>
      {may('webhooks.list') && <Endpoints endpoints={endpoints} />}
    </Page>
  );
}

const Endpoints = ({ endpoints }: { endpoints: ReturnType<typeof useEndpoints> }) => (
  <Section title={TEXT.overview.webhooks} note={TEXT.overview.webhooksLead}>
    <Suspense>
      <EndpointTable endpoints={endpoints} />
    </Suspense>
  </Section>
);

function useEndpoints() {
  const { may } = useOperator();
  const input = may('webhooks.list') ? {} : skipToken;
  return useQuery({ ...useTRPC().webhooks.list.queryOptions(input), refetchInterval: READ_EVERY_MS });
}

function useLowStock() {
  const { may } = useOperator();
  const input = may('stock.list') ? { availableMax: LOW_UNITS, limit: LOW_SKUS } : skipToken;
  return useQuery({ ...useTRPC().stock.list.queryOptions(input), refetchInterval: READ_EVERY_MS });
}

/** Returns the first status of the process that has answered last. */
function useFirst(status: ShopStatus | undefined): ShopStatus | undefined {
  const firsts = useRef(new Map<number, ShopStatus>());
  if (!status) return undefined;
  const { current } = firsts;
  if (!current.has(status.startedAt)) current.set(status.startedAt, status);
  return current.get(status.startedAt);
}

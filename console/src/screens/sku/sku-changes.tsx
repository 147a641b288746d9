import { getRouteApi } from '@tanstack/react-router';
import { Suspense, useMemo } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { moment } from '../../format.ts';
import { useLedgers, reaches } from '../../live/ledger-walk.ts';
import { Button } from '../../parts/button.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { Card, Section } from '../../parts/page.tsx';
import { lazyPart } from '../../parts/lazy-part.tsx';
import { DETAIL } from '../../detail-text.ts';
import { CauseTable } from './cause-table.tsx';
import { type Counters, curvesOf, movementsSince, tallyCauses } from './cause-tally.ts';
import shared from '../shared.module.css';
import styles from './sku-screen.module.css';

const Plot = lazyPart(() => import('../../parts/plot.tsx'));
const route = getRouteApi('/stock/$sku');

const HOUR_MS = 3_600_000;
export const PERIODS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;
export type Period = keyof typeof PERIODS;

/** Why the numbers differ from those of an hour, a day or a week ago, as causes and as a picture. */
export function SkuChanges({ level }: { level: StockLevel }) {
  const { since: period = 'day' } = route.useSearch();
  const locations = level.locations?.map(({ location }) => location) ?? MAIN;
  const { query, readOn } = useLedgers({ sku: level.sku, locations, periodMs: PERIODS[period] });
  const { data } = query;
  const movements = useMemo(() => data && movementsSince(data.ledgers, data.since), [data]);
  const tally = useMemo(() => movements && tallyCauses(movements), [movements]);
  const isCut = data !== undefined && [...data.ledgers.values()].some((ledger) => !reaches(ledger, data.since));
  const oldest = movements?.at(-1)?.at ?? 0;
  return (
    <Section title={DETAIL.sku.changes} actions={<PeriodSwitch current={period} />}>
      {query.error && <ErrorText error={query.error} onRetry={() => void query.refetch()} />}
      {tally && <Compared {...{ level, net: tally.net }} ago={isCut ? moment(oldest) : DETAIL.sku.ago[period]} />}
      <CauseTable isKit={level.components !== undefined} tally={tally} hasFailed={query.error !== null} />
      {isCut && (
        <p className={styles.cut}>
          {DETAIL.sku.reachesBack(movements?.length ?? 0, moment(oldest))}{' '}
          <Button onClick={readOn} disabled={query.isFetching}>
            {DETAIL.sku.readOn}
          </Button>
        </p>
      )}
      {data && movements && (
        <History {...{ level, movements }} span={{ since: isCut ? oldest : data.since, until: data.until }} />
      )}
    </Section>
  );
}

const MAIN = ['main'];

/** A kit has no units of its own: those on hand are those that its holds have put together. */
const onHandName = ({ components }: StockLevel): string => (components ? DETAIL.sku.inHolds : DETAIL.sku.onHand);

function PeriodSwitch({ current }: { current: Period }) {
  const navigate = route.useNavigate();
  return (
    <div className={styles.periods} role="group" aria-label={DETAIL.sku.changes}>
      {(Object.keys(PERIODS) as Period[]).map((period) => (
        <Button
          key={period}
          aria-pressed={period === current}
          className={shared.choice ?? ''}
          onClick={() => void navigate({ search: { since: period === 'day' ? undefined : period }, replace: true })}
        >
          {DETAIL.sku.since[period]}
        </Button>
      ))}
    </div>
  );
}

/** The answer to "why are there three units less than yesterday", as two sentences. */
function Compared({ level, net, ago }: { level: StockLevel; net: Counters; ago: string }) {
  const freeNow = level.onHand - level.reserved - level.committed + level.backordered;
  const isKit = level.components !== undefined;
  return (
    <div className={styles.compared}>
      <p className={styles.headline}>
        {DETAIL.sku.compared(onHandName(level), level.onHand, level.onHand - net.onHand, ago)}
      </p>
      {!isKit && <p>{DETAIL.sku.compared(DETAIL.sku.free, freeNow, freeNow - net.free, ago)}</p>}
    </div>
  );
}

interface HistoryProps {
  level: StockLevel;
  movements: NonNullable<ReturnType<typeof movementsSince>>;
  span: { since: number; until: number };
}

function History({ level, movements, span: { since, until } }: HistoryProps) {
  const { onHand, reserved } = level;
  const name = onHandName(level);
  const { times, series, summary } = useMemo(() => {
    const curves = curvesOf(movements, { onHand, reserved }, { since, until });
    const last = { onHand, reserved, sold: curves.sold.at(-1) ?? 0 };
    return { times: curves.times, series: seriesOf(curves, name), summary: DETAIL.sku.plotSummary(name, last) };
  }, [movements, onHand, reserved, since, until, name]);
  return (
    <Card>
      <Suspense fallback={<div className={styles.plotSpace} />}>
        <Plot {...{ times, series, summary }} />
      </Suspense>
    </Card>
  );
}

const seriesOf = ({ onHand, reserved, sold }: ReturnType<typeof curvesOf>, name: string) => [
  { label: name, color: '--plot-1' as const, values: onHand, isStepped: true },
  { label: DETAIL.sku.reserved, color: '--plot-2' as const, values: reserved, isStepped: true },
  { label: DETAIL.sku.soldSince, color: '--plot-3' as const, values: sold, isStepped: true },
];

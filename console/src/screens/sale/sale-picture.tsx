import { Suspense, useMemo } from 'react';
import { Card } from '../../parts/page.tsx';
import { shopNow } from '../../shop-time.ts';
import { lazyPart } from '../../parts/lazy-part.tsx';
import { DETAIL } from '../../detail-text.ts';
import { type Sample, salesPerSecond } from './sale-samples.ts';
import { perSecond } from './sale-signs.ts';
import styles from './sale-screen.module.css';

const Plot = lazyPart(() => import('../../parts/plot.tsx'));

const { sale: text } = DETAIL;

const SPAN_MS_MIN = 60_000;

/** How the sale went while the screen was open: units sold, held and available, and the sales per second. */
export function SalePicture({ samples }: { samples: readonly Sample[] }) {
  const { times, units, rate, summary, rateSummary } = useMemo(() => pictureOf(samples), [samples]);
  return (
    <div className={styles.pictures}>
      <Card>
        <h3 className={styles.subtitle}>{text.pictureUnits}</h3>
        <Suspense fallback={<div className={styles.plotSpace} />}>
          <Plot times={times} series={units} summary={summary} />
        </Suspense>
      </Card>
      <Card>
        <h3 className={styles.subtitle}>{text.pictureRate}</h3>
        <Suspense fallback={<div className={styles.plotSpace} />}>
          <Plot times={times} series={rate} summary={rateSummary} />
        </Suspense>
      </Card>
    </div>
  );
}

function pictureOf(samples: readonly Sample[]) {
  const last = samples.at(-1)?.at ?? shopNow();
  // A picture of a second would have ticks of milliseconds.
  const before = (samples[0]?.at ?? last) > last - SPAN_MS_MIN ? [last - SPAN_MS_MIN] : [];
  const rates = salesPerSecond(samples);
  const line = (of: (sample: Sample) => number): (number | null)[] => [...before.map(() => null), ...samples.map(of)];
  return {
    times: [...before, ...samples.map(({ at }) => at)],
    units: [
      { label: text.sold, color: '--plot-1' as const, values: line(({ sold }) => sold), isStepped: true },
      { label: text.held, color: '--plot-2' as const, values: line(({ held }) => held), isStepped: true },
      { label: text.left, color: '--plot-3' as const, values: line(({ available }) => available), isStepped: true },
    ],
    rate: [{ label: text.rate, color: '--plot-1' as const, values: [...before.map(() => null), ...rates] }],
    summary: text.pictureSummary(samples.at(-1)),
    rateSummary: text.rateSummary(perSecond(rates.at(-1) ?? 0)),
  };
}

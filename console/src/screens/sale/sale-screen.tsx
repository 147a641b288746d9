import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { freshnessOf, READ_OFTEN_MS } from '../../live/freshness.ts';
import { useRates } from '../../live/use-rates.ts';
import { useStatus } from '../../live/use-status.ts';
import { ErrorText } from '../../parts/error-text.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { chosenSkus, keepChosen } from './chosen-skus.ts';
import { LoadSection } from './load-section.tsx';
import { ProtectionSection } from './protection-section.tsx';
import { SaleHeadline } from './sale-headline.tsx';
import { SaleHolders } from './sale-holders.tsx';
import { SalePicture } from './sale-picture.tsx';
import { signsOf } from './sale-signs.ts';
import { SkuCard } from './sku-card.tsx';
import { SkuSearch } from './sku-search.tsx';
import { type Sale, useSale } from './use-sale.ts';
import styles from './sale-screen.module.css';

const route = getRouteApi('/sale');
const { sale: text } = DETAIL;

/** More would be too small to read, and too much to read every second. */
const SKUS_MAX = 8;

/** What one looks at during a drop. The chosen SKUs are in the URL; without any, those are shown that were last. */
export function SaleScreen() {
  const { skus: named } = route.useSearch();
  const skus = [...new Set(named ?? chosenSkus())].slice(0, SKUS_MAX);
  const navigate = route.useNavigate();
  const show = (chosen: readonly string[]): void =>
    void navigate({ search: { skus: chosen.length > 0 ? [...chosen] : undefined }, replace: true });
  const choose = (chosen: readonly string[]): void => {
    keepChosen(chosen);
    show(chosen);
  };
  const isInUrl = named !== undefined;
  const all = skus.join(' ');
  useEffect(() => {
    if (isInUrl) keepChosen(skus);
    else if (all !== '') show(skus);
  }, [isInUrl, all]);
  const add = (sku: string): void => choose([...skus, sku]);
  if (skus.length === 0) {
    return (
      <Page title={TEXT.screens.sale} lead={text.chooseLead}>
        <SkuSearch chosen={skus} max={SKUS_MAX} onAdd={add} />
      </Page>
    );
  }
  return <Live {...{ skus, add }} remove={(sku) => choose(skus.filter((each) => each !== sku))} />;
}

interface LiveProps {
  skus: readonly string[];
  add: (sku: string) => void;
  remove: (sku: string) => void;
}

function Live({ skus, add, remove }: LiveProps) {
  const { may } = useOperator();
  const { query, watch } = useSale(skus);
  const status = useStatus();
  const rates = useRates(status.data);
  const { data: sale, error } = query;
  const signs = signsOf({ sale, status: status.data, rates, watch });
  const fresh = freshnessOf(READ_OFTEN_MS, query);
  return (
    <Page title={TEXT.screens.sale} lead={text.lead} actions={<StaleMark {...fresh} />}>
      {error && <ErrorText error={error} onRetry={() => void query.refetch()} />}
      <SaleHeadline {...{ sale, signs }} updatedAt={fresh.updatedAt} staleAfterMs={fresh.staleAfterMs} />
      <Section title={text.skus}>
        <Cards {...{ sale, skus, remove }} />
        <SkuSearch chosen={skus} max={SKUS_MAX} onAdd={add} />
      </Section>
      <Section title={text.picture} note={text.pictureNote}>
        <SalePicture samples={sale?.samples ?? NO_SAMPLES} />
      </Section>
      {may('admin.status') && <LoadSection status={status.data} rates={rates} />}
      {may('holds.top') && <SaleHolders skus={skus} />}
      <ProtectionSection levels={(sale?.skus ?? []).flatMap(({ level }) => level ?? [])} />
    </Page>
  );
}

const NO_SAMPLES: readonly never[] = [];

function Cards({ sale, skus, remove }: Omit<LiveProps, 'add'> & { sale: Sale | undefined }) {
  if (!sale) return <div className={styles.cardsSpace} role="status" aria-label={TEXT.parts.loading} />;
  return (
    <ul className={styles.cards}>
      {sale.skus
        .filter(({ sku }) => skus.includes(sku))
        .map((each) => (
          <SkuCard key={each.sku} sale={each} onRemove={() => remove(each.sku)} />
        ))}
    </ul>
  );
}

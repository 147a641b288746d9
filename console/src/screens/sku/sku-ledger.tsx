import { useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import type { Movement } from '../../live/ledger-walk.ts';
import { type MergedCursor, readMerged } from '../../live/merged-ledger.ts';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { MovementTable } from '../movement-table.tsx';
import shared from '../shared.module.css';

const PAGE = 25;
const MAIN = ['main'];

/** Every movement of a SKU, newest first: those at all locations, or at one. */
export function SkuLedger({ level: { sku, locations, components } }: { level: StockLevel }) {
  const { client } = useOperator();
  const [chosen, setChosen] = useState('');
  const places = chosen === '' ? (locations?.map(({ location }) => location) ?? MAIN) : [chosen];
  const ledger = usePages<Movement, MergedCursor>({
    queryKey: ['ledger', sku, ...places],
    read: ({ cursor }, signal) => readMerged({ client, sku, locations: places, limit: PAGE, signal }, cursor),
  });
  return (
    <Section
      title={DETAIL.sku.ledger}
      note={locations ? DETAIL.sku.ledgerOf(chosen) : DETAIL.sku.ledgerNote}
      actions={locations && <LocationChoice {...{ locations, chosen }} onChoose={setChosen} />}
    >
      <MovementTable
        label={DETAIL.sku.ledger}
        showsLocation={locations !== undefined}
        isKit={components !== undefined}
        rows={ledger.rows}
        error={ledger.error}
        onRetry={() => void ledger.refetch()}
        empty={DETAIL.sku.noLedger}
        footer={ledger.hasNextPage && <MoreButton pages={ledger} />}
      />
    </Section>
  );
}

interface LocationChoiceProps {
  locations: NonNullable<StockLevel['locations']>;
  /** Empty: all. */
  chosen: string;
  onChoose: (location: string) => void;
}

const LocationChoice = ({ locations, chosen, onChoose }: LocationChoiceProps) => (
  <select
    className={shared.select}
    aria-label={DETAIL.sku.location}
    value={chosen}
    onChange={(event) => onChoose(event.target.value)}
  >
    <option value="">{DETAIL.sku.allLocations}</option>
    {locations.map(({ location: name }) => (
      <option key={name}>{name}</option>
    ))}
  </select>
);

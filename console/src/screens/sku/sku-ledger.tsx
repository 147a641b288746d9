import { useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import type { Movement } from '../../live/ledger-walk.ts';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { MovementTable } from '../movement-table.tsx';
import shared from '../shared.module.css';

const PAGE = 25;

/** The location that is shown first: `main`, if the SKU is there. */
const firstOf = (locations: StockLevel['locations'] = []): string =>
  (locations.find(({ location }) => location === 'main') ?? locations[0])?.location ?? 'main';

/** Every movement of a SKU at one location, newest first. */
export function SkuLedger({ level: { sku, locations, components } }: { level: StockLevel }) {
  const { client } = useOperator();
  const [chosen, setChosen] = useState<string>();
  const location = chosen ?? firstOf(locations);
  const ledger = usePages<Movement>({
    queryKey: ['ledger', sku, location],
    read: async (at, signal) => {
      const { movements, ...next } = await client.stock.history.query(
        { sku, location, limit: PAGE, ...at },
        { signal },
      );
      return { items: movements, ...next };
    },
  });
  return (
    <Section
      title={DETAIL.sku.ledger}
      note={locations ? DETAIL.sku.ledgerOf(location) : DETAIL.sku.ledgerNote}
      actions={locations && <LocationChoice {...{ locations, location }} onChoose={setChosen} />}
    >
      <MovementTable
        label={DETAIL.sku.ledger}
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
  location: string;
  onChoose: (location: string) => void;
}

const LocationChoice = ({ locations, location, onChoose }: LocationChoiceProps) => (
  <select
    className={shared.select}
    aria-label={DETAIL.sku.location}
    value={location}
    onChange={(event) => onChoose(event.target.value)}
  >
    {locations.map(({ location: name }) => (
      <option key={name}>{name}</option>
    ))}
  </select>
);

import type { StockLevel } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { Figures, FigureTile } from '../../parts/figure-tile.tsx';
import { Section } from '../../parts/page.tsx';
import { TEXT } from '../../text.ts';

type LocationLevel = NonNullable<StockLevel['locations']>[number];

const figure = (value: number | undefined): string | undefined => (value === undefined ? undefined : number(value));

/** What the shop has of a SKU, in all, and at each location where there are several. */
export function SkuLevels({ level }: { level: StockLevel | undefined }) {
  const { backordered = 0 } = level ?? {};
  const isKit = level?.components !== undefined;
  return (
    <>
      <Figures>
        <FigureTile
          label={TEXT.sku.available}
          value={figure(level?.available)}
          note={isKit ? TEXT.sku.ofKit : level && TEXT.sku.keptBack(level.safetyStock)}
          tone={level?.available === 0 ? 'danger' : 'neutral'}
        />
        <FigureTile label={TEXT.sku.onHand} value={figure(level?.onHand)} />
        <FigureTile label={TEXT.sku.reserved} value={figure(level?.reserved)} note={TEXT.sku.inCarts} />
        <FigureTile label={TEXT.sku.committed} value={figure(level?.committed)} note={TEXT.sku.stillHere} />
        {backordered > 0 && (
          <FigureTile
            label={TEXT.sku.backordered}
            value={number(backordered)}
            note={TEXT.sku.notOnHand(backordered)}
            tone="warn"
          />
        )}
      </Figures>
      {level?.locations && (
        <Section title={TEXT.sku.locations}>
          <DataTable
            label={TEXT.sku.locations}
            columns={COLUMNS}
            rows={level.locations}
            rowId={({ location }) => location}
            empty={TEXT.sku.none}
          />
        </Section>
      )}
    </>
  );
}

const units = (
  id: 'available' | 'onHand' | 'reserved' | 'committed' | 'safetyStock',
  hide?: 'narrow',
): TableColumn<LocationLevel> => ({
  id,
  header: TEXT.sku[id],
  meta: { align: 'right', ...(hide && { hide }) },
  cell: ({ row }) => number(row.original[id]),
});

const COLUMNS: readonly TableColumn<LocationLevel>[] = [
  { id: 'location', header: TEXT.sku.location, cell: ({ row }) => row.original.location },
  units('available'),
  units('onHand'),
  units('reserved', 'narrow'),
  units('committed', 'narrow'),
  units('safetyStock', 'narrow'),
];

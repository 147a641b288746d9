import type { StockLevel } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { Figures, FigureTile } from '../../parts/figure-tile.tsx';
import { Section } from '../../parts/page.tsx';
import { DETAIL } from '../../detail-text.ts';

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
          label={DETAIL.sku.available}
          value={figure(level?.available)}
          note={isKit ? DETAIL.sku.ofKit : level && DETAIL.sku.keptBack(level.safetyStock)}
          tone={level?.available === 0 ? 'danger' : 'neutral'}
        />
        <FigureTile label={isKit ? DETAIL.sku.inHolds : DETAIL.sku.onHand} value={figure(level?.onHand)} />
        <FigureTile label={DETAIL.sku.reserved} value={figure(level?.reserved)} note={DETAIL.sku.inCarts} />
        <FigureTile label={DETAIL.sku.committed} value={figure(level?.committed)} note={DETAIL.sku.stillHere} />
        <FigureTile label={DETAIL.sku.sold} value={figure(level?.sold)} note={DETAIL.sku.soldInAll} />
        {backordered > 0 && (
          <FigureTile
            label={DETAIL.sku.backordered}
            value={number(backordered)}
            note={DETAIL.sku.notOnHand(backordered)}
            tone="warn"
          />
        )}
      </Figures>
      {level?.locations && (
        <Section title={DETAIL.sku.locations}>
          <DataTable
            label={DETAIL.sku.locations}
            columns={isKit ? KIT_COLUMNS : COLUMNS}
            rows={level.locations}
            rowId={({ location }) => location}
            empty={DETAIL.sku.none}
          />
        </Section>
      )}
    </>
  );
}

const units = (
  id: 'available' | 'onHand' | 'reserved' | 'committed' | 'sold' | 'safetyStock',
  hide?: 'narrow',
): TableColumn<LocationLevel> => ({
  id,
  header: DETAIL.sku[id],
  meta: { align: 'right', ...(hide && { hide }) },
  cell: ({ row }) => number(row.original[id]),
});

const COLUMNS: readonly TableColumn<LocationLevel>[] = [
  { id: 'location', header: DETAIL.sku.location, cell: ({ row }) => row.original.location },
  units('available'),
  units('onHand'),
  units('reserved', 'narrow'),
  units('committed', 'narrow'),
  units('sold', 'narrow'),
  units('safetyStock', 'narrow'),
];

const KIT_COLUMNS = COLUMNS.filter(({ id }) => id !== 'safetyStock').map((column) =>
  column.id === 'onHand' ? { ...column, header: DETAIL.sku.inHolds } : column,
);

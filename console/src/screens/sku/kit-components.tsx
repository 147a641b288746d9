import { useQueries } from '@tanstack/react-query';
import type { StockLevel } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { SkuLink } from '../sku-link.tsx';

interface ComponentRow {
  sku: string;
  quantity: number;
  /** Undefined while it is loading. */
  available: number | undefined;
}

/** The SKUs that a kit consists of, and how many kits each of them gives. Nothing for a SKU that is not a kit. */
export function KitComponents({ level }: { level: StockLevel }) {
  const components = level.components ?? NO_COMPONENTS;
  const trpc = useTRPC();
  const levels = useQueries({
    queries: components.map(({ sku }) => ({
      ...trpc.stock.level.queryOptions({ sku }),
      refetchInterval: READ_EVERY_MS,
    })),
  });
  if (components.length === 0) return null;
  const failed = levels.find(({ error }) => error);
  const rows = components.map((each, index): ComponentRow => ({ ...each, available: levels[index]?.data?.available }));
  return (
    <Section title={DETAIL.sku.components} note={DETAIL.sku.componentsNote}>
      <DataTable
        label={DETAIL.sku.components}
        columns={COLUMNS}
        rows={rows}
        rowId={({ sku }) => sku}
        error={failed?.error}
        onRetry={() => void failed?.refetch()}
        empty={DETAIL.sku.none}
      />
    </Section>
  );
}

const NO_COMPONENTS: NonNullable<StockLevel['components']> = [];

const shown = (value: number | undefined): string => (value === undefined ? '…' : number(value));

const COLUMNS: readonly TableColumn<ComponentRow>[] = [
  { id: 'sku', header: 'SKU', cell: ({ row }) => <SkuLink sku={row.original.sku} /> },
  {
    id: 'quantity',
    header: DETAIL.sku.componentUnits,
    meta: { align: 'right' },
    cell: ({ row }) => number(row.original.quantity),
  },
  {
    id: 'available',
    header: DETAIL.sku.available,
    meta: { align: 'right' },
    cell: ({ row }) => shown(row.original.available),
  },
  {
    id: 'kits',
    header: DETAIL.sku.givesKits,
    meta: { align: 'right' },
    cell: ({ row: { original } }) =>
      shown(original.available === undefined ? undefined : Math.floor(original.available / original.quantity)),
  },
];

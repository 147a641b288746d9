import type { StockRecord } from '../../domain/records.ts';
import { componentsOf } from '../../domain/kits.ts';
import { plainSettingsOf } from '../../domain/sku-settings.ts';
import { shownKey } from '../../domain/stock-keys.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { listSkus } from '../stock/search/sku-list.ts';
import type { SkuStock } from '../stock/units/sku-stock.ts';
import type { StockReader } from '../stock/units/stock-reader.ts';
import type { ExportRow } from './bulk-api.ts';

const PART_ROWS = 500;

/**
 * Yields the rows of every SKU after `after` that is not archived, in parts. A part is read when it is requested.
 * Throws `StoreError`; `closed` after the signal aborts.
 */
export async function* exportRows(
  { store, reader }: { store: Pick<Store, 'listStock'>; reader: Pick<StockReader, 'listed' | 'archivedAmong'> },
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ExportRow[]> {
  for (let last = after; ; ) {
    if (signal.aborted) throw new StoreError('closed', 'the export was ended');
    const records = await listSkus(store, last, PART_ROWS);
    const stocks = await reader.listed(records);
    const archived = await reader.archivedAmong(stocks);
    const shown = stocks.flatMap((stock) => (stock && !archived.has(stock.sku) ? exportedRows(stock) : []));
    if (shown.length > 0) yield shown;
    last = records.at(-1)?.sku;
    if (records.length < PART_ROWS || last === undefined) return;
  }
}

/** The row of `main` comes first: it creates the SKU where it is imported. */
const exportedRows = ({ main, records }: SkuStock): ExportRow[] =>
  [main, ...records.filter((record) => record !== main)].map(exportRow);

/** Returns the row of a stock record, as an import reads it. */
export function exportRow(record: StockRecord): ExportRow {
  const components = componentsOf(record);
  const units = components ? {} : { onHand: record.onHand };
  return { ...shownKey(record.sku), ...plainSettingsOf(record), components, ...units };
}

import type { StockRecord } from '../../domain/records.ts';
import { skuSettingsOf } from '../../domain/sku-settings.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { StockReader } from '../stock/stock-reader.ts';
import type { ExportRow } from './bulk-api.ts';

const PART_ROWS = 500;

/**
 * Yields the rows of every SKU after `after` that is not archived, in parts. A part is read when it is requested.
 * Throws `StoreError`; `closed` after the signal aborts.
 */
export async function* exportRows(
  { store, reader }: { store: Pick<Store, 'listStock'>; reader: Pick<StockReader, 'archivedAmong'> },
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ExportRow[]> {
  for (let last = after; ; ) {
    if (signal.aborted) throw new StoreError('closed', 'the export was ended');
    const records = await store.listStock({ ...(last === undefined ? {} : { after: last }), limit: PART_ROWS });
    const archived = await reader.archivedAmong(records);
    const shown = records.filter(({ sku }) => !archived.has(sku));
    if (shown.length > 0) yield shown.map(exportRow);
    last = records.at(-1)?.sku;
    if (records.length < PART_ROWS || last === undefined) return;
  }
}

const exportRow = (record: StockRecord): ExportRow => ({
  sku: record.sku,
  ...skuSettingsOf(record),
  onHand: record.onHand,
});

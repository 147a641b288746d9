import type { RowChange } from '../../contract/outputs/stock-outputs.ts';
import type { ImportRow } from './bulk-api.ts';
import type { ChunkStock } from './chunk-stock.ts';
import { exportRow } from './stock-export.ts';

/** The fields of a stock record that a file can change. Without a record they are null. */
export type RowFields = Readonly<Record<string, unknown>> | null;

/** Returns the fields of a row's record after the rows before it. */
export function fieldsOf(row: ImportRow, stock: ChunkStock): RowFields {
  const key = stock.keyOf(row);
  const record = (key === null ? null : stock.record(key)) ?? stock.record(row.sku);
  return record && { ...exportRow(record) };
}

/** Returns the change of a row. */
export function changeOfRow(row: number, before: RowFields, after: RowFields): RowChange {
  const [old, young] = [before ?? {}, after ?? {}];
  const names = Object.keys({ ...old, ...young }).filter(
    (name) => name !== 'sku' && name !== 'location' && !isSameValue(old[name], young[name]),
  );
  const changed = before === null ? names.filter((name) => !isUnset(name, young[name])) : names;
  const { sku, location } = young as { sku: string; location?: string };
  return {
    row,
    sku,
    ...(location === undefined ? {} : { location }),
    ...(before === null ? { created: true as const } : {}),
    fields: changed.map((name) => ({
      name,
      ...(before === null ? {} : { before: old[name] ?? null }),
      after: young[name] ?? null,
    })),
  };
}

const isSameValue = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether a new SKU has this value if the file does not set it. */
const isUnset = (name: string, value: unknown): boolean =>
  value === null || value === undefined || value === false || (name === 'safetyStock' && value === 0);

import { componentsText } from '../../domain/kits.ts';
import { MAIN_LOCATION } from '../../domain/stock-keys.ts';
import type { ExportRow } from '../../shop/bulk/bulk-api.ts';
import { CLEAR, guarded } from './csv-cells.ts';
import { EXPORT_COLUMNS, LOCATED_COLUMNS, TEXTS } from './row-columns.ts';

export const FORMATS = ['csv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

interface RowWriter {
  contentType: string;
  /** Returns the text before all rows. `isLocated`: the shop has several locations. */
  head(isLocated: boolean): string;
  lines(rows: readonly ExportRow[], isLocated: boolean): string;
}

/** Write rows that an import can read. Null values are written out, so that an import restores the SKUs exactly. */
export const WRITERS: Record<Format, RowWriter> = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: (isLocated) => `${exportColumns(isLocated).join(',')}\r\n`,
    lines: (rows, isLocated) =>
      rowsShown(rows, isLocated)
        .map((row) => `${csvCells(row, isLocated)}\r\n`)
        .join(''),
  },
  jsonl: {
    contentType: 'application/jsonl; charset=utf-8',
    head: () => '',
    lines: (rows, isLocated) =>
      rowsShown(rows, isLocated)
        .map((row) => `${JSON.stringify(valuesOf(row))}\n`)
        .join(''),
  },
};

const exportColumns = (isLocated: boolean): readonly string[] => (isLocated ? LOCATED_COLUMNS : EXPORT_COLUMNS);

/** If a location is defined during an export without the column, its rows would look like those of `main`. */
const rowsShown = (rows: readonly ExportRow[], isLocated: boolean): readonly ExportRow[] =>
  isLocated ? rows : rows.filter(({ location }) => location === undefined);

const valuesOf = ({ unitPrice, ...row }: ExportRow) => ({
  ...row,
  price: unitPrice?.amount ?? null,
  currency: unitPrice?.currency ?? null,
});

function csvCells(row: ExportRow, isLocated: boolean): string {
  const components = row.components && componentsText(row.components);
  const values: Record<string, unknown> = { location: MAIN_LOCATION, ...valuesOf(row), components };
  return exportColumns(isLocated)
    .map((column) => {
      const value = values[column];
      if (value === undefined || value === null) return value === null ? CLEAR : '';
      return quoted(TEXTS.has(column) ? guarded(String(value)) : String(value));
    })
    .join(',');
}

/**
 * Quotes a cell with spaces at its ends, which some programs cut off otherwise, and a cell with any separator that a
 * spreadsheet may be set to.
 */
const quoted = (cell: string): string => (/[",;|\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

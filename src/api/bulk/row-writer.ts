import type { ExportRow } from '../../shop/bulk/bulk-api.ts';
import { CLEAR, guarded } from './csv-cells.ts';
import { EXPORT_COLUMNS, TEXTS } from './row-columns.ts';

export const FORMATS = ['csv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

interface RowWriter {
  contentType: string;
  /** The text before all rows. */
  head: string;
  lines(rows: readonly ExportRow[]): string;
}

/** Write rows that an import can read. Null values are written out, so that an import restores the SKUs exactly. */
export const WRITERS: Record<Format, RowWriter> = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: `${EXPORT_COLUMNS.join(',')}\r\n`,
    lines: (rows) => rows.map((row) => `${csvCells(row)}\r\n`).join(''),
  },
  jsonl: {
    contentType: 'application/jsonl; charset=utf-8',
    head: '',
    lines: (rows) => rows.map((row) => `${JSON.stringify(valuesOf(row))}\n`).join(''),
  },
};

function valuesOf({ unitPrice, ...row }: ExportRow): Record<string, string | number | boolean | null> {
  return { ...row, price: unitPrice?.amount ?? null, currency: unitPrice?.currency ?? null };
}

function csvCells(row: ExportRow): string {
  const values = valuesOf(row);
  return EXPORT_COLUMNS.map((column) => {
    const value = values[column] ?? null;
    if (value === null) return CLEAR;
    return quoted(TEXTS.has(column) ? guarded(String(value)) : String(value));
  }).join(',');
}

/**
 * Quotes a cell with spaces at its ends, which some programs cut off otherwise, and a cell with any separator that a
 * spreadsheet may be set to.
 */
const quoted = (cell: string): string => (/[",;|\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

import { z } from 'zod';
import type { ImportEntry } from '../../shop/bulk/bulk-api.ts';
import { idempotencyKey, sku, text } from '../../contract/inputs/fields.ts';
import { csvRows } from './csv-rows.ts';
import { jsonRows } from './json-rows.ts';
import { type Format, FORMATS } from './row-writer.ts';

/** Schemas of the query strings of the bulk routes. They refuse unknown fields. */

const format = z.enum(FORMATS, { error: `must be ${FORMATS.join(' or ')}` });
const queryFlag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');

export const stockImportQuery = z
  .strictObject({
    key: idempotencyKey.optional(),
    format: format.optional(),
    dryRun: queryFlag.default(false),
    again: queryFlag.default(false),
    reason: text.optional(),
  })
  .refine(({ key, dryRun }) => dryRun || key !== undefined, {
    path: ['key'],
    error: 'must be 1 to 255 printable ASCII characters that name the file',
  });

export const stockExportQuery = z.strictObject({ format: format.default('csv'), after: sku.optional() });

export const READERS: Record<Format, (source: AsyncIterable<Uint8Array>) => AsyncIterable<readonly ImportEntry[]>> = {
  csv: csvRows,
  jsonl: jsonRows,
};

/** Returns the format that a content type names; null if it is neither CSV nor JSON lines. */
export function formatOfType(contentType: string | undefined): Format | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/csv') return 'csv';
  return /^application\/(x-)?(jsonl|ndjson|jsonlines)$/.test(type) ? 'jsonl' : null;
}

import type { ImportEntry, ImportRow } from '../../src/shop/bulk/bulk-api.ts';

/** Rows as a file yields them. `spoil` is called before each row is read, and may throw. */
export async function* entriesOf(
  rows: Iterable<ImportRow | string>,
  spoil: (row: number) => void | Promise<void> = () => undefined,
): AsyncGenerator<ImportEntry> {
  let number = 0;
  for (const row of rows) {
    number += 1;
    await spoil(number);
    if (typeof row !== 'string') yield { text: JSON.stringify(row), row };
    else yield { text: row, problems: [{ reason: 'invalid_input', message: row }] };
  }
}

export const skuOf = (index: number): string => `sku-${String(index).padStart(7, '0')}`;

/** `count` rows of SKUs of their own, each with a different count. */
export function* countedRows(count: number): Generator<ImportRow> {
  for (let index = 0; index < count; index += 1) yield { sku: skuOf(index), onHand: index + 1 };
}

const PART_ROWS = 500;

/** The same rows as CSV, in chunks as from a disk. */
export function* csvOf(count: number): Generator<string> {
  yield 'sku,title,price,currency,onHand\n';
  for (let from = 0; from < count; from += PART_ROWS) {
    const rows = Array.from({ length: Math.min(PART_ROWS, count - from) }, (_, offset) => from + offset);
    yield rows.map((index) => `${skuOf(index)},"A mug, number ${index}",1299,EUR,${index + 1}\n`).join('');
  }
}

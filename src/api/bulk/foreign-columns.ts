import type { ImportEntry } from '../../shop/bulk/bulk-api.ts';
import { importEntryOf } from './row-columns.ts';

/**
 * The inventory exports of Shopify and Medusa, as they are. Of each row only the SKU, the locations and the units are
 * read.
 */

/** Reads the rows of a file with the columns of another system. One row has the units at one or more locations. */
export type ForeignRow = (cells: readonly string[], content: string) => ImportEntry[];

/** A column with the units on hand at a location. */
interface UnitsColumn {
  at: number;
  location: string;
}

/** Columns before those of locations in the older export of Shopify. */
const SHOPIFY_FIXED =
  /^(?:Handle|Title|Option[1-3] (?:Name|Value)|SKU|HS Code|COO|Bin name|(?:Incoming|Unavailable|Committed)\b.*)$/;
/** `(current)`, `(new)` and `(not editable)` follow the names in newer files. */
const SHOPIFY_ON_HAND = ['On hand (new)', 'On hand (current)', 'On hand', 'Available', 'Available (not editable)'];
const MEDUSA_STOCKED = /^Location \[(.+)\] Stocked Quantity$/;
/** The SKU is at no such location. */
const NOT_STOCKED = 'not stocked';

/** Returns the reader of a first line that Shopify or Medusa has written; null for any other. */
export function foreignRowOf(columns: readonly string[]): ForeignRow | null {
  return medusaRow(columns) ?? shopifyRow(columns) ?? shopifyWideRow(columns);
}

/** One column for each location, by its name. */
function medusaRow(columns: readonly string[]): ForeignRow | null {
  const sku = columns.indexOf('Item Sku');
  const units = columns.flatMap((column, at): UnitsColumn[] => {
    const location = MEDUSA_STOCKED.exec(column)?.[1];
    return location === undefined ? [] : [{ at, location }];
  });
  return sku < 0 || units.length === 0 ? null : wideRow(sku, units);
}

/** One row for each location. */
function shopifyRow(columns: readonly string[]): ForeignRow | null {
  const [sku, location] = [columns.indexOf('SKU'), columns.indexOf('Location')];
  const units = SHOPIFY_ON_HAND.map((name) => columns.indexOf(name)).filter((at) => at >= 0);
  if (sku < 0 || location < 0 || !columns.includes('Handle') || units.length === 0) return null;
  return (cells, content) => {
    // The first column that is filled in counts: `On hand (new)` is what somebody has typed.
    const onHand = units.map((at) => cells[at]?.trim() ?? '').find((cell) => cell !== '') ?? '';
    return entriesOf(cells[sku], cells[location], onHand, content);
  };
}

/** The older export, with a column for each location, by its name. */
function shopifyWideRow(columns: readonly string[]): ForeignRow | null {
  const sku = columns.indexOf('SKU');
  if (sku < 0 || !columns.includes('Handle') || !columns.includes('COO')) return null;
  const units = columns.flatMap((location, at) => (SHOPIFY_FIXED.test(location) ? [] : [{ at, location }]));
  return units.length === 0 ? null : wideRow(sku, units);
}

const wideRow =
  (sku: number, units: readonly UnitsColumn[]): ForeignRow =>
  (cells, content) =>
    units.flatMap(({ at, location }) =>
      entriesOf(cells[sku], location, cells[at]?.trim() ?? '', `${location}\n${content}`),
    );

/** Returns no entry for a location that never had the SKU. */
function entriesOf(
  sku: string | undefined,
  location: string | undefined,
  onHand: string,
  content: string,
): ImportEntry[] {
  if (onHand === '' || onHand.toLowerCase() === NOT_STOCKED) return [];
  const place = location?.trim() ?? '';
  const values = {
    sku: sku?.trim(),
    ...(place === '' ? {} : { location: place }),
    onHand: /^-?\d{1,15}$/.test(onHand) ? Number(onHand) : onHand,
  };
  return [importEntryOf(values, content)];
}

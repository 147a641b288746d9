import { locationOf, skuOf } from '../../domain/stock-keys.ts';
import type { Allocation } from '../../contract/output-fields.ts';

/**
 * A cart or an order keeps a part for each of its holds. The line that callers see is the group of all parts of one
 * SKU. No two live parts of a line are at the same location.
 */

/** Units of one hold. */
export interface Part {
  /** The key of the stock: a SKU at a location. */
  sku: string;
  /** The shop had several locations when the part was written, so answers show where its units are. */
  sourced?: true;
}

/** Returns the name of the line to which a part belongs: its SKU. */
export const lineOf = ({ sku }: Pick<Part, 'sku'>): string => skuOf(sku);

export const isOfLine =
  (line: string) =>
  (part: Pick<Part, 'sku'>): boolean =>
    lineOf(part) === line;

/** At least one part of a line. */
export type LineParts<P> = [P, ...P[]];

/** Returns the parts of each line, in the order of the lines' first parts. */
export function groupByLine<P extends Pick<Part, 'sku'>>(parts: readonly P[]): LineParts<P>[] {
  const lines = new Map<string, LineParts<P>>();
  for (const part of parts) {
    const line = lineOf(part);
    const known = lines.get(line);
    if (known) known.push(part);
    else lines.set(line, [part]);
  }
  return [...lines.values()];
}

export const countLines = (parts: Iterable<Pick<Part, 'sku'>>): number => new Set([...parts].map(lineOf)).size;

/**
 * Returns the units of a line at each location. They are absent if all of them are at `main` and were written while
 * that was the only location.
 */
export function allocationsOf(parts: readonly (Part & { quantity: number })[]): { allocations?: Allocation[] } {
  if (parts.every(({ sku, sourced }) => !sourced && lineOf({ sku }) === sku)) return {};
  const units = new Map<string, number>();
  for (const { sku, quantity } of parts) {
    const location = locationOf(sku);
    if (quantity > 0) units.set(location, (units.get(location) ?? 0) + quantity);
  }
  return { allocations: [...units].map(([location, quantity]) => ({ location, quantity })) };
}

/** The mark of a new part. */
export const sourcedMark = (isSourced: boolean): Pick<Part, 'sourced'> => (isSourced ? { sourced: true } : {});

export const sumOf = <P>(parts: readonly P[], unitsOf: (part: P) => number): number =>
  parts.reduce((sum, part) => sum + unitsOf(part), 0);

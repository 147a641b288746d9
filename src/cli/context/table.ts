import type { Money } from '../../domain/records.ts';

type Cell = string | number | null | undefined;
export type TableRow = Record<string, Cell>;

const GAP = '  ';

/** Returns rows as aligned lines. The keys of the first row are the columns. Numbers are aligned right. */
export function table(rows: readonly TableRow[]): string {
  const [first] = rows;
  if (!first) return '(none)';
  const columns = Object.keys(first).map((name) => {
    const cells = rows.map((row) => cell(row[name]));
    const width = Math.max(name.length, ...cells.map((text) => text.length));
    const isNumeric = rows.every((row) => typeof row[name] === 'number');
    const fit = (text: string): string => (isNumeric ? text.padStart(width) : text.padEnd(width));
    return [fit(name), ...cells.map(fit)];
  });
  return [lineText(columns, 0), ...rows.map((_, index) => lineText(columns, index + 1))].join('\n');
}

const lineText = (columns: readonly string[][], line: number): string =>
  columns
    .map((column) => column[line])
    .join(GAP)
    .trimEnd();

/** Titles and reasons come from outside. Their control characters must not reach the terminal. */
const cell = (value: Cell): string => (value === null || value === undefined ? '-' : printable(String(value)));

/** Returns a text with its control characters escaped. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, hexEscape);

const hexEscape = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** Returns a price in major units, such as `12.99 EUR`, with as many digits as the currency has. */
export function price(money: Money | null | undefined): string | null {
  if (!money) return null;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: money.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${(money.amount / 10 ** digits).toFixed(digits)} ${money.currency}`;
}

export const shownTime = (ms: number): string => new Date(ms).toISOString();

import { z } from 'zod';
import { PLAIN_SETTINGS, type PlainSetting, type PlainType, SKU_SETTINGS } from '../../domain/sku-settings.ts';
import type { ImportEntry, ImportRow } from '../../shop/bulk/bulk-api.ts';
import { money, onHand, sku, text } from '../../contract/inputs/fields.ts';
import { components, settingFields } from '../../contract/inputs/setting-fields.ts';
import { isPlainRow } from './plain-row.ts';

/** The two columns of a price, with the amount in minor units. Each other setting has one column of the same name. */
const PRICE = { price: money.shape.amount.nullish(), currency: money.shape.currency.nullish() };
const columnFields = (name: PlainSetting) => (name === 'unitPrice' ? PRICE : { [name]: settingFields[name] });
const SETTING_COLUMNS = Object.assign({}, ...PLAIN_SETTINGS.map(columnFields)) as typeof PRICE &
  Omit<typeof settingFields, 'unitPrice'>;

export const EXPORT_COLUMNS: readonly string[] = ['sku', ...Object.keys(SETTING_COLUMNS), 'components', 'onHand'];
/** The columns of an export of a shop with several locations. */
export const LOCATED_COLUMNS: readonly string[] = [...EXPORT_COLUMNS, 'location'];

/** The columns of a CSV import and the fields of a JSON line. */
export const IMPORT_COLUMNS = [...LOCATED_COLUMNS, 'expectedOnHand'];

const settingsOfType = (type: PlainType['type']): string[] =>
  PLAIN_SETTINGS.filter((name) => SKU_SETTINGS[name].type === type);

export const NUMERIC: ReadonlySet<string> = new Set([...settingsOfType('whole'), 'price', 'onHand', 'expectedOnHand']);

/** Columns whose cells are `true` or `false`. */
export const FLAGS: ReadonlySet<string> = new Set(settingsOfType('flag'));

/** Columns whose cells are texts. An export guards them, so that spreadsheets do not run them as formulas. */
export const TEXTS: ReadonlySet<string> = new Set(['sku', 'location', 'components', ...settingsOfType('text')]);

const ROW_PROBLEMS_MAX = 8;
const MESSAGE_CHARS_MAX = 120;

const isNothing = (value: unknown): boolean => value === undefined || value === null;

/** The schema of a row: the fields of `stock.define` and `stock.count`. */
export const fileRow = z
  .strictObject({
    sku,
    ...SETTING_COLUMNS,
    components: components.nullish(),
    onHand: onHand.optional(),
    location: text.optional(),
    expectedOnHand: onHand.optional(),
  })
  .refine((values) => isNothing(values.expectedOnHand) || !isNothing(values.onHand), {
    path: ['onHand'],
    error: 'is needed with expectedOnHand',
    when: () => true,
  })
  .refine(({ price, currency }) => isNothing(price) || !isNothing(currency), {
    path: ['currency'],
    error: 'is needed with a price',
    when: () => true,
  })
  .refine(({ price, currency }) => isNothing(currency) || !isNothing(price), {
    path: ['price'],
    error: 'is needed with a currency',
    when: () => true,
  });

type Parsed = z.output<typeof fileRow>;

/** Returns the entry of a row's values by column. `content` identifies the row when the file is sent again. */
export function importEntryOf(values: unknown, content: string): ImportEntry {
  if (isPlainRow(values)) return { text: content, row: importRowOf(values) };
  const parsed = fileRow.safeParse(values);
  if (parsed.success) return { text: content, row: importRowOf(parsed.data) };
  const named = validSkuIn(values);
  const problems = parsed.error.issues.flatMap((issue) => {
    const columns = issue.code === 'unrecognized_keys' ? issue.keys : issue.path.map(String).slice(0, 1);
    const message =
      issue.code === 'unrecognized_keys'
        ? `has to be one of ${IMPORT_COLUMNS.join(', ')}`
        : issue.message + hintFor(values, columns[0]);
    return (columns.length === 0 ? [undefined] : columns).map((column) => ({ column, message }));
  });
  const distinct = new Map(problems.map((problem) => [`${problem.column ?? ''}\n${problem.message}`, problem]));
  return {
    text: content,
    problems: [...distinct.values()].slice(0, ROW_PROBLEMS_MAX).map(({ column, message }) => ({
      ...named,
      ...(column === undefined ? {} : { column: column.slice(0, MESSAGE_CHARS_MAX) }),
      reason: 'invalid_input' as const,
      message: message.slice(0, MESSAGE_CHARS_MAX),
    })),
  };
}

/** Returns a hint for a price in major units, such as `19.00` or `19,00`, and an empty text for any other value. */
function hintFor(values: unknown, column: string | undefined): string {
  if (column !== 'price') return '';
  const { price } = values as { price?: unknown };
  const isDecimal = /^\d{1,13}[.,]\d+$/.test(String(price).trim());
  return isDecimal ? ' of minor units, such as 1900 for 19.00 EUR' : '';
}

/** Returns the entry of a row that cannot be parsed. */
export const unreadable = (message: string, content: string): ImportEntry => ({
  text: content,
  problems: [{ reason: 'invalid_input', message }],
});

/** Copies field by field, because a rest pattern takes several times as long for each of a million rows. */
function importRowOf(values: Parsed): ImportRow {
  const fields: Record<string, unknown> = {};
  for (const name in values) if (!(name in PRICE)) fields[name] = values[name as keyof Parsed];
  const { price, currency } = values;
  if (price === null || currency === null) fields['unitPrice'] = null;
  else if (price !== undefined && currency !== undefined) fields['unitPrice'] = { amount: price, currency };
  return fields as unknown as ImportRow;
}

/** Returns the SKU for a problem, if it is a valid one. Any other value stays out of reports. */
function validSkuIn(values: unknown): { sku?: string } {
  const parsed = sku.safeParse((values as { sku?: unknown } | null)?.sku);
  return parsed.success ? { sku: parsed.data } : {};
}

import { MONEY_AMOUNT_MAX, ON_HAND_UNITS_MAX, SKU_CHARS_MAX, TEXT_CHARS_MAX } from '../../domain/limits.ts';
import { type FieldCheck, integer, patternCheck } from '../../domain/machine/checks.ts';
import { PLAIN_SETTINGS, type PlainType, SKU_SETTINGS } from '../../domain/sku-settings.ts';

/**
 * A fast path for plain rows: letters, digits and whole numbers. It takes less than a microsecond a row, the schema
 * several. Rows that it does not accept go to the schema. The schema accepts every row that it accepts, unchanged (a
 * property test).
 */

const PLAIN_TEXT = patternCheck(new RegExp(`^[ -~]{1,${TEXT_CHARS_MAX}}$`));

/** Returns null for money: a price has two columns with checks of their own. */
function settingCheck(setting: PlainType): FieldCheck | null {
  if (setting.type === 'money') return null;
  if (setting.type === 'flag') return (value) => typeof value === 'boolean';
  return setting.type === 'text' ? PLAIN_TEXT : integer(Math.max(1, setting.min), setting.max);
}

const CHECKS = new Map<string, FieldCheck | null>([
  ['sku', patternCheck(new RegExp(`^[\\w.:-]{1,${SKU_CHARS_MAX}}$`))],
  ['price', integer(1, MONEY_AMOUNT_MAX)],
  ['currency', patternCheck(/^[A-Z]{3}$/)],
  ['onHand', integer(1, ON_HAND_UNITS_MAX)],
  ['location', PLAIN_TEXT],
  ...PLAIN_SETTINGS.map((name): [string, FieldCheck | null] => [name, settingCheck(SKU_SETTINGS[name])]),
]);

export function isPlainRow(values: unknown): values is { sku: string } {
  if (typeof values !== 'object' || values === null) return false;
  const fields = values as Record<string, unknown>;
  for (const name in fields) if (!CHECKS.get(name)?.(fields[name])) return false;
  return 'sku' in fields && 'price' in fields === 'currency' in fields;
}

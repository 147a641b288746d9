import {
  CURRENCY_PATTERN,
  DOCUMENT_BODY_BYTES_MAX,
  DURATION_MS_MAX,
  HOLD_QUANTITY_MAX,
  ID_PATTERN,
  INTEGER_MAX,
  ON_HAND_UNITS_MAX,
  MONEY_AMOUNT_MAX,
  TEXT_CHARS_MAX,
} from '../limits.ts';
import { HELD_PREFIX } from './held-counts.ts';
import { type Setting, SETTING_NAMES, SKU_SETTINGS } from '../sku-settings.ts';
import { isComponentsText } from '../kits.ts';
import { isStockKey } from '../skus.ts';

/** A check of a field of a step or transaction. */
export type FieldCheck = (value: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
export const integer =
  (min: number, max: number): FieldCheck =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max && !Object.is(value, -0);
export const patternCheck =
  (pattern: RegExp): FieldCheck =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
export const isOneOf =
  (...words: readonly string[]): FieldCheck =>
  (value) =>
    words.includes(value as string);
export const optional =
  (check: FieldCheck): FieldCheck =>
  (value) =>
    value === undefined || check(value);
export const nullable =
  (check: FieldCheck): FieldCheck =>
  (value) =>
    value === null || check(value);
export const listOf =
  (max: number, check: FieldCheck): FieldCheck =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** Refuses lone surrogates: they have no UTF-8 form, so two stores could store them differently. */
export const textCheck: FieldCheck = (value) =>
  typeof value === 'string' && value.length <= TEXT_CHARS_MAX && value.isWellFormed();
export const bodyCheck: FieldCheck = (value) =>
  typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= DOCUMENT_BODY_BYTES_MAX;
/** Checks a stock key, because the `sku` of a step is one. */
export const skuCheck: FieldCheck = (value) => typeof value === 'string' && isStockKey(value);
export const idCheck = patternCheck(ID_PATTERN);
/** Refuses names that begin like those of the counts of held units. */
export const customerCheck: FieldCheck = (value) => idCheck(value) && !(value as string).startsWith(HELD_PREFIX);
const componentsCheck: FieldCheck = (value) => typeof value === 'string' && isComponentsText(value);
/** Caps of a reserve, a resize or a transfer. */
const unitsMaxCheck = integer(1, HOLD_QUANTITY_MAX);
const percentCheck = integer(1, 100);
const restingCheck = integer(0, INTEGER_MAX);
export const onHandCheck = integer(0, ON_HAND_UNITS_MAX);
export const capsCheck: FieldCheck = (value) =>
  isObject(value) &&
  (value.unitsMax === undefined || unitsMaxCheck(value.unitsMax)) &&
  (value.clientPercent === undefined || percentCheck(value.clientPercent)) &&
  (value.clientResting === undefined || restingCheck(value.clientResting)) &&
  (value.heldElsewhere === undefined || restingCheck(value.heldElsewhere)) &&
  (value.onHandElsewhere === undefined || onHandCheck(value.onHandElsewhere)) &&
  (value.admitted === undefined || typeof value.admitted === 'boolean');
/** Settings that a `configure` expects. */
export const settingsCheck: FieldCheck = (value) =>
  value === 'absent' ||
  (isObject(value) && SETTING_NAMES.every((name) => optional(skuSettingCheck(SKU_SETTINGS[name]))(value[name])));
export const booleanCheck: FieldCheck = (value) => typeof value === 'boolean';
export const unitsCheck = integer(1, HOLD_QUANTITY_MAX);
export const durationCheck = integer(1, DURATION_MS_MAX);
const priceCheck = integer(0, MONEY_AMOUNT_MAX);
const currencyCheck = patternCheck(CURRENCY_PATTERN);
const moneyCheck: FieldCheck = (value) => isObject(value) && priceCheck(value.amount) && currencyCheck(value.currency);
const positiveCheck = integer(1, INTEGER_MAX);
const versionWordCheck = isOneOf('absent', 'present', 'any');
export const versionCheck: FieldCheck = (value) => versionWordCheck(value) || positiveCheck(value);
const rangeCheck = (value: Record<string, unknown>): boolean =>
  unitsCheck(value.min) && unitsCheck(value.want) && (value.min as number) <= (value.want as number);
export const resizeCheck: FieldCheck = (value) =>
  isObject(value) && ('to' in value ? unitsCheck(value.to) : isObject(value.by) && rangeCheck(value.by));
export const forgetCheck: FieldCheck = (value) =>
  isObject(value) && skuCheck(value.sku) && customerCheck(value.customer) && positiveCheck(value.quantity);

export function skuSettingCheck(setting: Setting): FieldCheck {
  const check =
    setting.type === 'whole'
      ? integer(setting.min, setting.max)
      : { text: textCheck, money: moneyCheck, flag: booleanCheck, components: componentsCheck }[setting.type];
  return setting.initial === null ? nullable(check) : check;
}

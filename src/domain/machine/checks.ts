import {
  CURRENCY_PATTERN,
  DOCUMENT_BODY_BYTES_MAX,
  DURATION_MS_MAX,
  HOLD_QUANTITY_MAX,
  ID_PATTERN,
  INTEGER_MAX,
  MONEY_AMOUNT_MAX,
  TEXT_CHARS_MAX,
} from '../limits.ts';
import type { Setting } from '../sku-settings.ts';
import { isSku } from '../skus.ts';

/** Checks of the fields of steps and transactions. */
export type Check = (value: unknown) => boolean;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
export const integer =
  (min: number, max: number): Check =>
  (value) =>
    Number.isSafeInteger(value) &&
    (value as number) >= min &&
    (value as number) <= max &&
    (value !== 0 || !Object.is(value, -0));
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
export const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
export const listOf =
  (max: number, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** Lone surrogates have no UTF-8 form: two stores could keep them differently. */
export const text: Check = (value) =>
  typeof value === 'string' && value.length <= TEXT_CHARS_MAX && value.isWellFormed();
export const body: Check = (value) =>
  typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= DOCUMENT_BODY_BYTES_MAX;
export const sku: Check = (value) => typeof value === 'string' && isSku(value);
export const id = matches(ID_PATTERN);
export const boolean: Check = (value) => typeof value === 'boolean';
export const units = integer(1, HOLD_QUANTITY_MAX);
export const durationMs = integer(1, DURATION_MS_MAX);
const price = integer(0, MONEY_AMOUNT_MAX);
const currency = matches(CURRENCY_PATTERN);
export const money: Check = (value) => isRecord(value) && price(value.amount) && currency(value.currency);
export const positive = integer(1, INTEGER_MAX);
const expectedWord = oneOf('absent', 'present', 'any');
export const expected: Check = (value) => expectedWord(value) || positive(value);
const range = (value: Record<string, unknown>): boolean =>
  units(value.min) && units(value.want) && (value.min as number) <= (value.want as number);
export const resizing: Check = (value) =>
  isRecord(value) && ('to' in value ? units(value.to) : isRecord(value.by) && range(value.by));
export const forgotten: Check = (value) =>
  isRecord(value) && sku(value.sku) && id(value.customer) && positive(value.quantity);

export function settingCheck(setting: Setting): Check {
  const check = setting.type === 'whole' ? integer(setting.min, setting.max) : { text, money }[setting.type];
  return setting.initial === null ? orNull(check) : check;
}

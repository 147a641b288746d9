import {
  CURRENCY_PATTERN,
  DOCUMENT_BODY_BYTES_MAX,
  DOCUMENT_HOLDS_MAX,
  DURATION_MS_MAX,
  HOLD_QUANTITY_MAX,
  ID_PATTERN,
  INTEGER_MAX,
  MONEY_AMOUNT_MAX,
  ON_HAND_UNITS_MAX,
  TEXT_CHARS_MAX,
  TRANSACTION_STEPS_MAX,
} from '../limits.ts';
import { DOCUMENT_LISTS } from '../records.ts';
import { forEachSetting, type Setting, SETTINGS } from '../sku-settings.ts';
import type { Step } from '../steps.ts';
import { isSku } from '../skus.ts';
import type { Transaction } from '../transaction.ts';

type Check = (value: unknown) => boolean;
type Checks<T> = { [K in keyof T as K extends 'kind' ? never : K]-?: Check };
type StepChecks = { [K in Step['kind']]: Checks<Extract<Step, { kind: K }>> };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const integer =
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
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (max: number, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** Lone surrogates have no UTF-8 form: two stores could keep them differently. */
const text: Check = (value) => typeof value === 'string' && value.length <= TEXT_CHARS_MAX && value.isWellFormed();
const body: Check = (value) =>
  typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= DOCUMENT_BODY_BYTES_MAX;
const sku: Check = (value) => typeof value === 'string' && isSku(value);
const id = matches(ID_PATTERN);
const boolean: Check = (value) => typeof value === 'boolean';
const units = integer(1, HOLD_QUANTITY_MAX);
const durationMs = integer(1, DURATION_MS_MAX);
const price = integer(0, MONEY_AMOUNT_MAX);
const currency = matches(CURRENCY_PATTERN);
const money: Check = (value) => isRecord(value) && price(value.amount) && currency(value.currency);
const positive = integer(1, INTEGER_MAX);
const expectedWord = oneOf('absent', 'present', 'any');
const expected: Check = (value) => expectedWord(value) || positive(value);
const range = (value: Record<string, unknown>): boolean =>
  units(value.min) && units(value.want) && (value.min as number) <= (value.want as number);
const resizing: Check = (value) =>
  isRecord(value) && ('to' in value ? units(value.to) : isRecord(value.by) && range(value.by));
const forgotten: Check = (value) => isRecord(value) && sku(value.sku) && id(value.customer) && positive(value.quantity);

function settingCheck(setting: Setting): Check {
  const check = setting.type === 'whole' ? integer(setting.min, setting.max) : { text, money }[setting.type];
  return setting.initial === null ? orNull(check) : check;
}

const STEP_CHECKS: StepChecks = {
  configure: { sku, ...forEachSetting((name) => optional(settingCheck(SETTINGS[name]))) },
  adjust: {
    sku,
    delta: (value) => value !== 0 && integer(-ON_HAND_UNITS_MAX, ON_HAND_UNITS_MAX)(value),
    as: oneOf('received', 'adjusted'),
  },
  count: { sku, onHand: integer(0, ON_HAND_UNITS_MAX), expectedOnHand: optional(integer(0, ON_HAND_UNITS_MAX)) },
  reserve: { holdId: id, sku, min: units, want: units, ttlMs: durationMs, owner: id, customer: id },
  resize: { holdId: id, owner: optional(id), quantity: optional(units), change: resizing, quantityMax: units },
  extend: { holdId: id, owner: optional(id), ttlMs: durationMs, lifetimeMs: durationMs },
  pin: { holdId: id, owner: optional(id), quantity: optional(units), windowMs: durationMs, toOwner: id },
  transfer: {
    holdId: id,
    owner: optional(id),
    quantity: optional(units),
    toOwner: id,
    toCustomer: optional(id),
    ttlMs: optional(durationMs),
    lifetimeMs: optional(durationMs),
  },
  release: { holdId: id, owner: optional(id), quantity: optional(units), expiredIsFine: optional(boolean) },
  consume: { holdId: id, owner: optional(id), quantity: optional(units) },
  return: { sku, quantity: units, restock: boolean, customer: optional(id) },
  put: {
    key: id,
    expect: expected,
    body: optional(body),
    holds: optional(listOf(DOCUMENT_HOLDS_MAX, id)),
    dueInMs: optional(orNull(durationMs)),
    list: optional(oneOf(...DOCUMENT_LISTS)),
  },
  drop: { key: id, expect: expected, forget: optional(listOf(DOCUMENT_HOLDS_MAX, forgotten)) },
};

const CHECKS = new Map(Object.entries(STEP_CHECKS).map(([kind, checks]) => [kind, Object.entries<Check>(checks)]));
const retention = oneOf('short', 'long');
const optionalId = optional(id);
const optionalText = optional(text);

/**
 * What is wrong with a transaction's shape, in words like `steps[0].quantity`; empty when nothing is. Both engines ask
 * before they decide, so that the rules see only well-formed steps.
 */
export function validateTransaction(transaction: Transaction): string[] {
  const issues: string[] = [];
  if (!id(transaction.id)) issues.push('id');
  if (!id(transaction.fingerprint)) issues.push('fingerprint');
  if (!retention(transaction.retention)) issues.push('retention');
  if (!optionalId(transaction.reference)) issues.push('reference');
  for (const field of ['reason', 'reference', 'orderId'] as const) {
    if (!optionalText(transaction.cause[field])) issues.push(`cause.${field}`);
  }
  if (!id(transaction.cause.by)) issues.push('cause.by');
  const count = transaction.steps.length;
  if (count < 1 || count > TRANSACTION_STEPS_MAX) issues.push('steps');
  else for (const [index, step] of transaction.steps.entries()) checkStep(step, index, issues);
  return issues;
}

function checkStep(step: Step, index: number, issues: string[]): void {
  const checks = CHECKS.get(step.kind);
  if (!checks) {
    issues.push(`steps[${index}].kind`);
    return;
  }
  const fields = step as unknown as Record<string, unknown>;
  for (const [field, check] of checks) if (!check(fields[field])) issues.push(`steps[${index}].${field}`);
  if (step.kind === 'reserve' && step.min > step.want) issues.push(`steps[${index}].min`);
  // Otherwise the ledger would record that a negative number of units was received.
  const isTaken = step.kind === 'adjust' && step.as === 'received' && step.delta < 0;
  if (isTaken && step.delta >= -ON_HAND_UNITS_MAX) issues.push(`steps[${index}].delta`);
}

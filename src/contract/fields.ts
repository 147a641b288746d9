import { z } from 'zod';
import {
  CURRENCY_PATTERN,
  HOLD_QUANTITY_MAX,
  INTEGER_MAX,
  MONEY_AMOUNT_MAX,
  ON_HAND_UNITS_MAX,
  SKU_CHARS_MAX,
  SKU_PATTERN,
  TEXT_CHARS_MAX,
} from '../domain/limits.ts';
import { isComposed } from '../domain/skus.ts';
import { PAYMENT_WINDOW_MS_MAX, PAYMENT_WINDOW_MS_MIN } from './settings.ts';

/** The fields that inputs are made of. Each message says what the field takes, and never repeats what was sent. */

/** `idempotencyKey` and `customerId`: printable ASCII, the space included. */
const KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;
const SESSION_ID_PATTERN = /^[A-Za-z0-9_.-]{8,128}$/;
/** Ids that other systems hand back to us. A store key is made of them, with a prefix. */
const ID_PATTERN = /^[\x21-\x7e]{1,100}$/;
const CURSOR_CHARS_MAX = 1_024;
export const PAGE_ITEMS_MAX = 500;
export const SKUS_MAX = 100;

const plus = (text: string) => ({ error: `takes ${text}` });

/** A whole number. -0, which JSON can write and the stores would keep as something else than 0, becomes 0. */
export const whole = (min: number, max: number) =>
  z
    .int(plus(`a whole number from ${min} to ${max}`))
    .min(min, plus(`a whole number from ${min} to ${max}`))
    .max(max, plus(`a whole number from ${min} to ${max}`))
    .overwrite((value) => value + 0);

const SKU_MESSAGE = plus(`1 to ${SKU_CHARS_MAX} characters, without control characters and without blanks at the ends`);
/** The pattern is not part of the OpenAPI document: few languages know its classes. */
export const sku = z
  .string(SKU_MESSAGE)
  .refine((text) => SKU_PATTERN.test(text), { ...SKU_MESSAGE, abort: true })
  .refine(isComposed, plus('Unicode in its composed form (NFC)'))
  .meta({ minLength: 1, maxLength: SKU_CHARS_MAX });

/**
 * What a person may read in another place than they think, or not see at all: control characters except tabs and line
 * breaks, which reasons in prose have, and controls of the writing direction. Joiners (U+200C, U+200D) are fine: emoji and
 * several scripts need them.
 */
const DECEPTIVE = /[^\P{Cc}\t\n\r]|\p{Bidi_Control}/u;
/** In one line about a buyer, no line break and no invisible character at all. */
const NOT_ONE_LINE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const chars = (deceptive: RegExp, what: string) =>
  z
    .string(plus(`1 to ${TEXT_CHARS_MAX} characters`))
    .min(1, plus(`1 to ${TEXT_CHARS_MAX} characters`))
    .max(TEXT_CHARS_MAX, plus(`1 to ${TEXT_CHARS_MAX} characters`))
    .refine((value) => value.isWellFormed() && !deceptive.test(value), plus(what));

/** Text by people or other systems: titles, reasons, references. */
export const text = chars(DECEPTIVE, 'well-formed Unicode without control or bidi characters');

const line = chars(NOT_ONE_LINE, 'one line of well-formed Unicode without control or invisible characters');

const key = z
  .string(plus('1 to 255 printable ASCII characters'))
  .regex(KEY_PATTERN, plus('1 to 255 printable ASCII characters'));
export const idempotencyKey = key;
export const customerId = key;

/** Whether it is a session's, and whose, is another question. */
export const sessionId = z
  .string(plus('8 to 128 of A-Za-z0-9_.-'))
  .regex(SESSION_ID_PATTERN, plus('8 to 128 of A-Za-z0-9_.-'));

export const id = z.string(plus('an id')).regex(ID_PATTERN, plus('1 to 100 printable ASCII characters without spaces'));

/** Units that are handed over: at least one. */
export const units = whole(1, HOLD_QUANTITY_MAX);
/** A sequence of the store. */
export const sequence = whole(0, INTEGER_MAX);
export const unitsOrNone = whole(0, HOLD_QUANTITY_MAX);
export const onHand = whole(0, ON_HAND_UNITS_MAX);
export const delta = whole(-ON_HAND_UNITS_MAX, ON_HAND_UNITS_MAX).refine(
  (value) => value !== 0,
  plus('a change, not 0'),
);

export const money = z.strictObject({
  amount: whole(0, MONEY_AMOUNT_MAX),
  currency: z.string(plus('three capital letters')).regex(CURRENCY_PATTERN, plus('three capital letters')),
});

export const skus = z
  .array(sku, plus(`1 to ${SKUS_MAX} SKUs`))
  .min(1, plus(`1 to ${SKUS_MAX} SKUs`))
  .max(SKUS_MAX, plus(`1 to ${SKUS_MAX} SKUs`));

const EMAIL_CHARS_MAX = 254;
/** 3 to 15 digits as in E.164, an international prefix if any, and what people put between digits. */
const PHONE_PATTERN = /^\+?\(?\d(?:[ ()./-]{0,3}\d){2,14}$/;

/** Kept as it was written: nothing is normalized. */
export const contact = z.strictObject({
  name: line.optional(),
  email: z.email(plus('an e-mail address')).max(EMAIL_CHARS_MAX, plus('an e-mail address')).optional(),
  phone: z
    .string(plus('a phone number of 3 to 15 digits'))
    .regex(PHONE_PATTERN, plus('a phone number of 3 to 15 digits'))
    .optional(),
});

/** Milliseconds from now. */
export const paymentWindowMs = whole(PAYMENT_WINDOW_MS_MIN, PAYMENT_WINDOW_MS_MAX);

const LINES_MAX = 100;
/** What is bought, or comes back: units of SKUs. */
export const lines = z
  .array(z.strictObject({ sku, quantity: units }), plus(`1 to ${LINES_MAX} lines`))
  .min(1, plus(`1 to ${LINES_MAX} lines`))
  .max(LINES_MAX, plus(`1 to ${LINES_MAX} lines`));

export const flag = z.boolean(plus('true or false'));

/** What every page of a list takes. */
export const page = {
  cursor: z
    .string(plus('a nextCursor'))
    .min(1, plus('a nextCursor'))
    .max(CURSOR_CHARS_MAX, plus('a nextCursor'))
    .optional(),
  limit: whole(1, PAGE_ITEMS_MAX).optional(),
};

/** What every mutation takes. */
export const keyed = { idempotencyKey: idempotencyKey.optional() };

import { z } from 'zod';
import { ORDER_STATUSES } from '../../domain/order-states.ts';
import {
  CURRENCY_PATTERN,
  DURATION_MS_MAX,
  HOLD_QUANTITY_MAX,
  INTEGER_MAX,
  LOCATION_PATTERN,
  MONEY_AMOUNT_MAX,
  ON_HAND_UNITS_MAX,
  SKU_CHARS_MAX,
  SKU_PATTERN,
  TEXT_CHARS_MAX,
} from '../../domain/limits.ts';
import { isComposed } from '../../domain/skus.ts';
import { namesLocation } from '../../domain/stock-keys.ts';
import { CLIENT_FORM, CLIENT_PATTERN, HOLDER_FORM, HOLDER_PATTERN } from '../caller-names.ts';
import { SCOPE_NAMES } from '../scope-names.ts';
import { PAYMENT_WINDOW_MS_MAX, PAYMENT_WINDOW_MS_MIN } from '../settings.ts';
import { WEBHOOK_EVENTS, WEBHOOK_FIELDS, WEBHOOK_URL_CHARS_MAX } from '../webhook-records.ts';

/**
 * The fields of inputs. Each error message names the values that the field accepts and never repeats the sent value.
 */

/** `idempotencyKey` and `customerId`: printable ASCII, the space included. */
const IDEMPOTENCY_KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;
const SESSION_ID_PATTERN = /^[A-Za-z0-9_.-]{8,128}$/;
/** Ids that other systems send back to us. A store key is a prefix and an id. */
const FOREIGN_ID_PATTERN = /^[\x21-\x7e]{1,100}$/;
const CURSOR_CHARS_MAX = 1_024;
export const PAGE_ITEMS_MAX = 500;
const SKUS_PER_CALL_MAX = 100;

export const mustBe = (text: string) => ({ error: `must be ${text}` });

/** A whole number. -0 becomes 0: JSON can contain it, and the stores would not store it as 0. */
export const whole = (min: number, max: number) =>
  z
    .int(mustBe(`a whole number from ${min} to ${max}`))
    .min(min, mustBe(`a whole number from ${min} to ${max}`))
    .max(max, mustBe(`a whole number from ${min} to ${max}`))
    .overwrite((value) => value + 0);

const SKU_MESSAGE = mustBe(`1 to ${SKU_CHARS_MAX} characters, without control characters or blanks at the ends`);
/** The pattern is not in the OpenAPI document, because few languages support its character classes. */
export const sku = z
  .string(SKU_MESSAGE)
  .refine((text) => SKU_PATTERN.test(text), { ...SKU_MESSAGE, abort: true })
  .refine(isComposed, { ...mustBe('Unicode in its composed form (NFC)'), abort: true })
  .refine((text) => !namesLocation(text), mustBe('a name that does not end with @ and the id of a location'))
  .meta({ minLength: 1, maxLength: SKU_CHARS_MAX });

/**
 * Characters that hide or reorder text: control characters, except the tabs and line breaks of prose, and bidirectional
 * controls. Joiners (U+200C, U+200D) are accepted, because emoji and several scripts need them.
 */
const DECEPTIVE = /[^\P{Cc}\t\n\r]|\p{Bidi_Control}/u;
/** The text that a list is searched for: a part of a SKU or of a title. */
export const searchText = z
  .string(mustBe(`1 to ${SKU_CHARS_MAX} characters`))
  .min(1, mustBe(`1 to ${SKU_CHARS_MAX} characters`))
  .max(SKU_CHARS_MAX, mustBe(`1 to ${SKU_CHARS_MAX} characters`))
  .refine(
    (value) => value.isWellFormed() && !DECEPTIVE.test(value),
    mustBe('well-formed Unicode without control or bidi characters'),
  );

/** One line about a buyer contains neither line breaks nor invisible characters. */
const NOT_ONE_LINE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const chars = (deceptive: RegExp, what: string) =>
  z
    .string(mustBe(`1 to ${TEXT_CHARS_MAX} characters`))
    .min(1, mustBe(`1 to ${TEXT_CHARS_MAX} characters`))
    .max(TEXT_CHARS_MAX, mustBe(`1 to ${TEXT_CHARS_MAX} characters`))
    .refine((value) => value.isWellFormed() && !deceptive.test(value), mustBe(what));

/** Text of people or other systems: titles, reasons, references. */
export const text = chars(DECEPTIVE, 'well-formed Unicode without control or bidi characters');

const oneLine = chars(NOT_ONE_LINE, 'one line of well-formed Unicode without control or invisible characters');

const key = z
  .string(mustBe('1 to 255 printable ASCII characters'))
  .regex(IDEMPOTENCY_KEY_PATTERN, mustBe('1 to 255 printable ASCII characters'));
export const idempotencyKey = key;
export const customerId = key;

/** The form of a session id. The signature is verified elsewhere. */
export const sessionId = z
  .string(mustBe('8 to 128 of A-Za-z0-9_.-'))
  .regex(SESSION_ID_PATTERN, mustBe('8 to 128 of A-Za-z0-9_.-'));

const SESSION_MESSAGE = mustBe('the hash of a session: 22 of A-Za-z0-9_-');
/** A session as the ledger and lists of holds name it. */
export const sessionHash = z.string(SESSION_MESSAGE).regex(/^[\w-]{22}$/, SESSION_MESSAGE);

const CLIENT_MESSAGE = mustBe(`a client: ${CLIENT_FORM}`);
export const client = z.string(CLIENT_MESSAGE).regex(CLIENT_PATTERN, CLIENT_MESSAGE);

const HOLDER_MESSAGE = mustBe(`the name of a holder: ${HOLDER_FORM}`);
/** A session, a customer or a reference of the library, as `holds.top` names them. */
export const sessionHolder = z.string(HOLDER_MESSAGE).regex(HOLDER_PATTERN, HOLDER_MESSAGE);

const OWNER_MESSAGE = mustBe('cart:, order: or reservation: and an id');
/** The owner of holds, as a hold's `owner` names it. */
export const holdOwner = z
  .string(OWNER_MESSAGE)
  .regex(/^(?:cart|order|reservation):[\x21-\x7e]{1,100}$/, OWNER_MESSAGE);

export const id = z
  .string(mustBe('an id'))
  .regex(FOREIGN_ID_PATTERN, mustBe('1 to 100 printable ASCII characters without spaces'));

export const units = whole(1, HOLD_QUANTITY_MAX);
export const sequence = whole(0, INTEGER_MAX);
export const unitsOrNone = whole(0, HOLD_QUANTITY_MAX);
export const onHand = whole(0, ON_HAND_UNITS_MAX);
export const delta = whole(-ON_HAND_UNITS_MAX, ON_HAND_UNITS_MAX).refine(
  (value) => value !== 0,
  mustBe('a change, not 0'),
);

export const money = z.strictObject({
  amount: whole(0, MONEY_AMOUNT_MAX),
  currency: z.string(mustBe('three capital letters')).regex(CURRENCY_PATTERN, mustBe('three capital letters')),
});

/**
 * Types an array as readonly, so that callers can pass readonly arrays. Zod's own `.readonly()` would also freeze
 * each value and add `readOnly` to the OpenAPI document.
 */
export const readonlyArray = <T>(array: z.ZodType<T[], T[]>): z.ZodType<readonly T[], readonly T[]> => array;

export const skus = z
  .array(sku, mustBe(`1 to ${SKUS_PER_CALL_MAX} SKUs`))
  .min(1, mustBe(`1 to ${SKUS_PER_CALL_MAX} SKUs`))
  .max(SKUS_PER_CALL_MAX, mustBe(`1 to ${SKUS_PER_CALL_MAX} SKUs`));

const EMAIL_CHARS_MAX = 254;
/** 3 to 15 digits as in E.164, an optional international prefix, and the usual separators between digits. */
const PHONE_PATTERN = /^\+?\(?\d(?:[ ()./-]{0,3}\d){2,14}$/;

/** Stored as sent, without normalization. */
export const contact = z.strictObject({
  name: oneLine.optional(),
  email: z.email(mustBe('an e-mail address')).max(EMAIL_CHARS_MAX, mustBe('an e-mail address')).optional(),
  phone: z
    .string(mustBe('a phone number of 3 to 15 digits'))
    .regex(PHONE_PATTERN, mustBe('a phone number of 3 to 15 digits'))
    .optional(),
});

const LOCATION_MESSAGE = mustBe('1 to 32 of a-z0-9_-, the first a letter or a digit');
export const locationId = z.string(LOCATION_MESSAGE).regex(LOCATION_PATTERN, LOCATION_MESSAGE);
/** The location of units in an input. */
export const located = {
  /** Absent: `main`. */
  location: locationId.optional(),
};
export const priority = whole(0, 10_000);

/** Names of channels have the form of ids of locations. */
export const channel = locationId;
const CHANNELS_MAX = 20;
const CHANNELS_MESSAGE = mustBe(`1 to ${CHANNELS_MAX} channels`);
export const channels = readonlyArray(
  z.array(channel, CHANNELS_MESSAGE).min(1, CHANNELS_MESSAGE).max(CHANNELS_MAX, CHANNELS_MESSAGE),
);

export const paymentWindow = whole(PAYMENT_WINDOW_MS_MIN, PAYMENT_WINDOW_MS_MAX);

export const LINES_MAX = 100;
const LINES_MESSAGE = mustBe(`1 to ${LINES_MAX} lines`);
const skuLines = <S extends z.ZodRawShape>(fields: S) =>
  z
    .array(z.strictObject({ sku, ...fields }), LINES_MESSAGE)
    .min(1, LINES_MESSAGE)
    .max(LINES_MAX, LINES_MESSAGE);
/** Units of SKUs that are bought, returned, dispatched or released. */
export const lines = readonlyArray(skuLines({ quantity: units }));
/** The units that lines have after a change; 0 deletes a line. */
export const resizedLines = readonlyArray(skuLines({ quantity: unitsOrNone }));

export const hasDistinctSkus = (each: readonly { sku: string }[]): boolean =>
  new Set(each.map((line) => line.sku)).size === each.length;
const DISTINCT_MESSAGE = { error: 'must name each SKU in one line only' };
/** Units that a transfer sends. */
export const transferredLines = readonlyArray(skuLines({ quantity: units }).refine(hasDistinctSkus, DISTINCT_MESSAGE));
const allHaveUnits = (each: readonly { quantity: number; lost?: number | undefined }[]): boolean =>
  each.every(({ quantity, lost = 0 }) => quantity + lost > 0);
/** Units of a transfer that arrived, and units that were lost. Each line has at least one of them. */
export const arrivedLines = readonlyArray(
  skuLines({ quantity: unitsOrNone, lost: unitsOrNone.optional() })
    .refine(hasDistinctSkus, DISTINCT_MESSAGE)
    .refine(allHaveUnits, mustBe('lines with at least one unit, received or lost')),
);

/** Orders of these statuses may be deleted before their retention ends. */
const PURGED_STATUSES = ORDER_STATUSES.filter((status) => status !== 'awaiting_payment');
export const purgedStatus = z.enum(PURGED_STATUSES, mustBe(`one of ${PURGED_STATUSES.join(', ')}`));
export const age = whole(0, DURATION_MS_MAX);

/** Accepts an input that has exactly one of two fields. */
export const oneOf = <S extends z.ZodType<Record<string, unknown>>>(schema: S, first: string, second: string): S =>
  schema.refine(
    (input) => (input[first] === undefined) !== (input[second] === undefined),
    mustBe(`either ${first} or ${second}`),
  );

export const flag = z.boolean(mustBe('true or false'));

export const holderKind = z.enum(['session', 'client'], mustBe('session or client'));

export const ADMISSION_CHARS_MAX = 2_048;
export const admission = z
  .string(mustBe('a token'))
  .min(1, mustBe('a token'))
  .max(ADMISSION_CHARS_MAX, mustBe(`at most ${ADMISSION_CHARS_MAX} characters`));
export const addMode = z.enum(['exact', 'best_effort'], mustBe('exact or best_effort'));
/** Units that a reservation gets. `best_effort`: as many as are available, at least one; absent: `exact`. */
export const reservedLines = readonlyArray(skuLines({ quantity: units, mode: addMode.optional() }));
/** Milliseconds; null: for ever. */
export const lifetime = whole(1, DURATION_MS_MAX).nullable();

/** A time in epoch milliseconds. */
export const inputMoment = whole(0, INTEGER_MAX);

/** The fields of every list's input. */
export const page = {
  /** The `nextCursor` of the page before. */
  cursor: z
    .string(mustBe('a nextCursor'))
    .min(1, mustBe('a nextCursor'))
    .max(CURSOR_CHARS_MAX, mustBe('a nextCursor'))
    .optional(),
  /** 1 to 500; absent: 100. */
  limit: whole(1, PAGE_ITEMS_MAX).optional(),
};

/** The field of every mutation's input. */
export const keyed = {
  /** Makes the call safe to retry: with the same key and the same input it takes effect once. */
  idempotencyKey: idempotencyKey.optional(),
};

/** The fields of a change of an operator. */
export const reasoned = {
  /** The reason for the change. The ledger shows it if the change moves units; otherwise the event shows it. */
  reason: text.optional(),
  ...keyed,
};

const URL_MESSAGE = mustBe(`a URL of 1 to ${WEBHOOK_URL_CHARS_MAX} printable ASCII characters`);
export const webhookUrl = z
  .string(URL_MESSAGE)
  .max(WEBHOOK_URL_CHARS_MAX, URL_MESSAGE)
  .regex(/^[\x21-\x7e]+$/, URL_MESSAGE);

const EVENTS_MESSAGE = mustBe(`some of ${WEBHOOK_EVENTS.join(', ')}`);
export const webhookEvents = readonlyArray(
  z
    .array(z.enum(WEBHOOK_EVENTS, EVENTS_MESSAGE), EVENTS_MESSAGE)
    .min(1, EVENTS_MESSAGE)
    .max(WEBHOOK_EVENTS.length, EVENTS_MESSAGE),
);

const FIELDS_MESSAGE = mustBe(`some of ${WEBHOOK_FIELDS.join(', ')}`);
export const webhookFields = readonlyArray(
  z
    .array(z.enum(WEBHOOK_FIELDS, FIELDS_MESSAGE), FIELDS_MESSAGE)
    .min(1, FIELDS_MESSAGE)
    .max(WEBHOOK_FIELDS.length, FIELDS_MESSAGE),
);

const EVENT_IDS_MAX = 500;
const EVENT_IDS_MESSAGE = mustBe(`1 to ${EVENT_IDS_MAX} event ids`);
export const webhookEventIds = readonlyArray(
  z
    .array(z.string(EVENT_IDS_MESSAGE).regex(/^[\x21-\x7e]{1,255}$/, EVENT_IDS_MESSAGE), EVENT_IDS_MESSAGE)
    .min(1, EVENT_IDS_MESSAGE)
    .max(EVENT_IDS_MAX, EVENT_IDS_MESSAGE),
);

const PAYMENT_NAMES_MAX = 10;
const PAYMENT_NAMES_MESSAGE = mustBe(`1 to ${PAYMENT_NAMES_MAX} names of a payment`);
export const paymentReferences = readonlyArray(
  z.array(text, PAYMENT_NAMES_MESSAGE).min(1, PAYMENT_NAMES_MESSAGE).max(PAYMENT_NAMES_MAX, PAYMENT_NAMES_MESSAGE),
);

const KEY_NAME_MESSAGE = mustBe('1 to 64 printable ASCII characters without spaces');
/** It is part of `cause.by` in the ledger. */
export const keyName = z.string(KEY_NAME_MESSAGE).regex(/^[\x21-\x7e]{1,64}$/, KEY_NAME_MESSAGE);

const SCOPES_MESSAGE = mustBe(`some of ${SCOPE_NAMES.join(', ')}`);
export const scopes = readonlyArray(
  z.array(z.enum(SCOPE_NAMES, SCOPES_MESSAGE), SCOPES_MESSAGE).max(SCOPE_NAMES.length, SCOPES_MESSAGE),
);
export const ratePerMinute = whole(1, 1_000_000);

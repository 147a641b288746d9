/** All bounds of the core. A name ends with the unit and `MAX`; bounds are inclusive. */

export const DAY_MS = 86_400_000;

/** The largest integer that JavaScript, Lua and JSON represent exactly. */
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

export const ON_HAND_UNITS_MAX = 1_000_000_000_000;
export const MONEY_AMOUNT_MAX = 1_000_000_000_000;
export const HOLD_QUANTITY_MAX = 1_000_000_000_000;

/**
 * 1 to 128 code points (at most 512 bytes), without control and format characters, line separators, lone surrogates and
 * noncharacters, and without whitespace at the ends. `isSku` also requires NFC. The first alternative is the common
 * case.
 */
export const SKU_PATTERN =
  /^(?:[\w.:-]{1,128}|(?!\s)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]{1,128}(?<!\s))$/u;
export const SKU_CHARS_MAX = 128;
/** Ids of locations. */
export const LOCATION_PATTERN = /^[a-z0-9][a-z0-9_-]{0,31}$/;
export const CURRENCY_PATTERN = /^[A-Z]{3}$/;
/** Length of a reason, a reference or a title. */
export const TEXT_CHARS_MAX = 255;
/** Components of a kit. */
export const COMPONENTS_MAX = 100;
/** Units of one component in one kit. */
export const COMPONENT_UNITS_MAX = 1_000_000;
/** Length of the text that lists the components of a kit. The longest SKUs and quantities fit. */
export const COMPONENTS_CHARS_MAX = 32_768;
/** Ids of holds, owners, customers, documents and requests, and fingerprints. */
export const ID_PATTERN = /^[\x21-\x7e]{1,128}$/;

/**
 * Prefix of a customer that the operator has named. The units of named customers are always counted, so that a limit
 * that is set later includes earlier holds and purchases. The units of anonymous customers, of which there are as many
 * as carts, are counted only while a limit is set.
 */
export const KNOWN_CUSTOMER_PREFIX = 'customer:';

/** An id that a client may choose for its request. It is in JSON and in log lines without escapes. */
export const REQUEST_ID_PATTERN = /^[\w.:/+=-]{1,128}$/;
/** A `traceparent` of version 00. */
export const TRACEPARENT_PATTERN = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

export const TRANSACTION_STEPS_MAX = 10_000;
export const DOCUMENT_BODY_BYTES_MAX = 262_144;
export const DOCUMENT_HOLDS_MAX = 1_000;

/** The most distant deadline. A duration in a wrong unit is refused, because it exceeds this bound. */
export const DURATION_MS_MAX = 400 * 24 * 3_600_000;

/** The deadline of a hold without one: the latest time that the indexes of deadlines can store. */
export const NEVER_AT = 36 ** 9 - 1;

/** Overdue holds that one batch ends: those of the SKUs that its steps take from, then the oldest others. */
export const RECLAIM_NAMED_HOLDS_MAX = 512;
export const RECLAIM_OTHER_HOLDS_MAX = 32;
/** Holds that one `Store.read` sums up to find how many units overdue holds still block. */
export const OVERDUE_HOLDS_READ_MAX = 1_000;
/** Overdue holds that one `reclaim` call may end. */
export const RECLAIM_CALL_HOLDS_MAX = 1_000;

/** A request record of a generated id is kept for one to two of these periods. */
export const REQUEST_SHORT_PERIOD_MS = 600_000;
/** A request record of a client's key, and an ended hold, are kept for one to two of these periods. */
export const REQUEST_LONG_PERIOD_MS = DAY_MS;
export const ENDED_HOLD_PERIOD_MS = DAY_MS;

import {
  ENDED_HOLD_PERIOD_MS,
  INTEGER_MAX,
  NEVER_AT,
  OVERDUE_HOLDS_READ_MAX,
  REQUEST_LONG_PERIOD_MS,
  REQUEST_SHORT_PERIOD_MS,
} from '../../../domain/limits.ts';
import { HOLD_STATE_CODES } from '../../../domain/record-codes.ts';
import { DOCUMENT_LISTS, LIVE_STATES } from '../../../domain/records.ts';
import { RECORD_FORMAT } from '../../record-format.ts';
import { CLOCK_STEP_MS, GAP_MS_MAX, SLEW_DIVISOR } from '../../time/shop-time.ts';
import { DEADLINE_DIGITS } from '../codec/hold-places.ts';
import { COMMITTED_BIT, OLD_SKU_BYTES, SKU_BYTES } from '../codec/ledger-codec.ts';
import { STAMP_BYTES, STATE_MASK, STOCK_PLACES } from '../codec/record-codec.ts';
import { CHANGE, DUE, EXPECTED, PARTS } from '../decide/write-set.ts';

type LuaValue = string | number | boolean | readonly LuaValue[] | { readonly [name: string]: LuaValue };

/** The offsets of a SKU's numbers, counted from 1. */
const STOCK = {
  COUNTERS: STOCK_PLACES.onHand + 1,
  RESERVED: STOCK_PLACES.reserved + 1,
  COMMITTED: STOCK_PLACES.committed + 1,
  LAST: STOCK_PLACES.lastSequence + 1,
  LAST_END: STOCK_PLACES.settingsVersion,
  SETTINGS_VERSION: STOCK_PLACES.settingsVersion + 1,
  SETTINGS: STOCK_PLACES.settings + 1,
};

/** Returns the name in Lua's style: `new_holds` for `newHolds`. */
const luaName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const ofParts = (column: 'texts' | 'bytes') =>
  Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [luaName(name), part[column]]));

/** The values that scripts and TypeScript share. They are locals of the library. */
const CONSTANTS: Record<string, LuaValue> = {
  RECORD_FORMAT: String(RECORD_FORMAT),
  INTEGER_MAX,
  STAMP_BYTES,
  STOCK,
  COMMITTED_BIT,
  LEDGER_SKU_BYTES: SKU_BYTES,
  OLD_LEDGER_SKU_BYTES: OLD_SKU_BYTES,
  STATE_CODES: STATE_MASK + 1,
  LIVE_STATES: Object.fromEntries(LIVE_STATES.map((state) => [HOLD_STATE_CODES.of(state), true])),
  DOCUMENT_LISTS,
  PARTS: Object.keys(PARTS).map(luaName),
  WIDTHS: ofParts('texts'),
  BYTES: ofParts('bytes'),
  EXPECTED,
  CHANGE,
  DUE,
  DEADLINE_DIGITS,
  NEVER_AT,
  OVERDUE_HOLDS_READ_MAX,
  PERIODS_MS: { short: REQUEST_SHORT_PERIOD_MS, long: REQUEST_LONG_PERIOD_MS, ended: ENDED_HOLD_PERIOD_MS },
  SHOP_CLOCK: { SLEW_DIVISOR, STEP_MS: CLOCK_STEP_MS, GAP_MS_MAX },
};

/** Returns the constants as the first lines of the library. */
export const luaConstants = (): string =>
  Object.entries(CONSTANTS)
    .map(([name, value]) => `local ${name} = ${literal(value)}`)
    .join('\n');

function literal(value: LuaValue): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `{ ${value.map(literal).join(', ')} }`;
  return `{ ${Object.entries(value)
    .map(([name, item]) => `[${luaKey(name)}] = ${literal(item)}`)
    .join(', ')} }`;
}

const luaKey = (name: string): string => (/^\d+$/.test(name) ? name : `'${name}'`);

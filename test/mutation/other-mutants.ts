import type { LuaMutant } from './lua-mutant.ts';

const KEPT = 'store/redis/kept-between-calls.test.ts';
const CLOCK = 'store/redis/clock-steps.test.ts';
const INDEXES = 'service/index-audit.test.ts';
const READING = 'conformance/reading.test.ts';
const TABLES = 'conformance/tables.test.ts';

/** What opens a shop, begins an epoch, moves the clock and migrates. */
const OPENING: LuaMutant[] = [
  {
    file: 'opening/open.lua',
    find: `if redis.call('EXISTS', keys.meta) == 0 then`,
    replace: 'if true then',
    why: 'a process that opens a shop does not replace its metadata',
    test: 'store/redis/opening-scripts.test.ts',
  },
  {
    file: 'opening/raise.lua',
    find: `(found[1] or '0') ~= known or`,
    replace: '',
    why: 'two processes do not begin the same epoch',
    test: 'store/redis/opening-scripts.test.ts',
    isQuick: true,
  },
  {
    file: 'opening/raise.lua',
    find: 'or tonumber(kept) >= tonumber(first)',
    replace: '',
    why: 'a new epoch begins after the last sequence',
    test: 'store/redis/opening-scripts.test.ts',
  },
  {
    file: 'opening/set-clock.lua',
    find: `if (text or '') ~= known then return 0 end`,
    replace: '',
    why: 'several processes absorb one step of the clock once',
    test: 'store/redis/opening-scripts.test.ts',
  },
  {
    file: 'opening/widen-stock.lua',
    find: `if sub(raw, OLD_SETTINGS, OLD_SETTINGS) == '[' then`,
    replace: 'if true then',
    why: 'a record that was migrated is not migrated again',
    test: 'store/redis/opening-scripts.test.ts',
  },
];

/** What reads return. */
const READS: LuaMutant[] = [
  {
    file: 'read/read.lua',
    find: '  forget_sources()\n',
    replace: '',
    why: 'the memory of the functions does not grow with the records that were read',
    test: KEPT,
    only: 'the number of reads',
  },
  {
    file: 'read/read.lua',
    find: 'if latest and now > latest then now = latest - SHOP_CLOCK.STEP_MS end',
    replace: '',
    why: 'a read after a step of the clock shows no live hold as overdue',
    test: CLOCK,
    only: 'a day ahead and back',
  },
  {
    file: 'read/overdue-units.lua',
    find: 'hold[EXPIRES_AT] == expires_at and hold[QUANTITY] or 0',
    replace: '1',
    why: 'overdue units are the quantities of the holds',
    test: READING,
    only: 'sums the units',
  },
  {
    file: 'read/overdue-units.lua',
    find: 'math.max(0, record.reserved - current)',
    replace: 'record.reserved',
    why: 'units of holds that are not overdue are not counted as overdue',
    test: READING,
    only: 'sums the units',
  },
  {
    file: 'read/history.lua',
    find: 'if before < sequence then return found[1], found[2][2] end',
    replace: 'return found[1], found[2][2]',
    why: 'the history of a SKU ends where the ledger was trimmed',
    test: READING,
    only: 'a trimmed ledger',
    isQuick: true,
  },
];

/** What an audit compares and repairs. */
const CHECKS: LuaMutant[] = [
  {
    file: 'check/hold-walks.lua',
    find: `return faults.mend or call('HLEN', keys[records]) ~= call('ZCARD', keys[entries])`,
    replace: 'return false',
    why: 'an index entry without a record is found',
    test: INDEXES,
    only: "redis.*a stray entry in 'due:holds'",
  },
  {
    file: 'check/hold-walks.lua',
    find: `if not score or score > expires_at then`,
    replace: 'if score and score > expires_at then',
    why: 'a SKU without its earliest deadline is found',
    test: INDEXES,
    only: "redis.*the loss of 'due:skus'",
  },
  {
    file: 'check/hold-walks.lua',
    find: `faults.write('ZADD', keys['due:holds'], '0', place)`,
    replace: '',
    why: 'a repair restores the deadlines of holds',
    test: INDEXES,
    only: "redis.*the loss of 'due:holds'",
  },
  {
    file: 'check/document-walks.lua',
    find: `if belongs and scores[name] ~= 0 then`,
    replace: 'if false then',
    why: 'an order that is missing from its list is found',
    test: INDEXES,
    only: "redis.*the loss of 'orders:placed'",
  },
  {
    file: 'check/check-counts.lua',
    find: `local is_wrong = found and (found < units or (is_exact and found > units))`,
    replace: 'local is_wrong = found and is_exact and found > units',
    why: 'a count that is too low is found',
    test: INDEXES,
    only: "redis.*the loss of 'counts'",
  },
  {
    file: 'check/check-counts.lua',
    find: 'if not stock or stock.version > sequence then return false end',
    replace: '',
    why: 'a count that has changed since it was summed is not a fault',
    test: 'conformance/counts.test.ts',
    isQuick: true,
  },
];

/** What the scripts share. */
const SHARED: LuaMutant[] = [
  {
    file: 'shared/library.lua',
    find: 'if keys[key_names[1]] ~= given[1] then',
    replace: 'if not keys[key_names[1]] then',
    why: 'a call uses the keys of its own shop',
    test: KEPT,
    only: 'two shops',
  },
  {
    file: 'shared/chunks.lua',
    find: 'local CHUNK_MAX = 4000',
    replace: 'local CHUNK_MAX = 40000',
    why: 'a batch may have more values than fit on the stack of Lua',
    test: TABLES,
    only: '10000 steps',
  },
  {
    file: 'shared/numbers.lua',
    find: 'if number < THOUSAND or number > INTEGER_MAX then',
    replace: 'if number > THOUSAND then return tostring(number) end if number < THOUSAND then',
    why: 'numbers above 10^14 are not rounded',
    test: 'store/redis/lost-writes.test.ts',
    only: 'an older log of Redis',
  },
  {
    file: 'shared/positions.lua',
    find: `local past = '(' .. sku .. deadline_key(at + 1)`,
    replace: `local past = '(' .. sku .. deadline_key(at)`,
    why: 'a hold ends at its deadline, and not a millisecond later',
    test: TABLES,
    only: 'expired',
  },
  {
    file: 'shared/records.lua',
    find: `  if (code - state) / STATE_CODES % 2 == 1 then expires_at = expires_at + read_bytes('>I8', raw, 9) end\n`,
    replace: '',
    why: 'a deadline that is stored as a distance is read as a time',
    test: INDEXES,
    only: 'redis',
  },
  {
    file: 'shared/shop-time.lua',
    find: 'return last and last > now and last or now',
    replace: 'return now',
    why: 'the time of a shop does not go back',
    test: 'conformance/handles.test.ts',
    only: 'time does not go back',
  },
  {
    file: 'shared/shop-time.lua',
    find: 'if now < earliest or (last and now < last - SHOP_CLOCK.STEP_MS) then return true end',
    replace: '',
    why: 'a step of the clock back is detected',
    test: CLOCK,
    only: 'an hour back',
  },
  {
    file: 'shared/shop-time.lua',
    find: 'return now > latest and not (last and last > latest)',
    replace: 'return false',
    why: 'a step of the clock ahead ends no hold',
    test: CLOCK,
    only: 'a day ahead to stay',
  },
  {
    file: 'shared/shop-time.lua',
    find: 'if gap > SHOP_CLOCK.GAP_MS_MAX then',
    replace: 'if false then',
    why: 'idempotency keys do not age while a shop is not used',
    test: 'store/redis/rotation.test.ts',
    only: 'not used for days',
  },
  {
    file: 'shared/shop.lua',
    find: 'slots.in_date, slots.stale = { second }, { first }',
    replace: 'slots.in_date, slots.stale = { first }, { second }',
    why: 'a request record is kept for at least one period',
    test: TABLES,
    only: 'request record',
    isQuick: true,
  },
  {
    file: 'shared/sources.lua',
    find: 'for index = 1, fields.n do values[fields[index]] = nil end',
    replace: '',
    why: 'the memory of the functions does not grow with the names of records',
    test: KEPT,
    only: 'the memory of the functions',
  },
];

export const OTHER_MUTANTS: readonly LuaMutant[] = [...OPENING, ...READS, ...CHECKS, ...SHARED];

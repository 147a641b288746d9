-- What the shop knows of itself, the time, and which of its rotating hashes are in date.
local PERIODS_MS = { short = 600000, long = 86400000, ended = 86400000 }
local SLOTS = {
  short = { 'requests:short:0', 'requests:short:1' },
  long = { 'requests:long:0', 'requests:long:1' },
  ended = { 'ended:0', 'ended:1' },
}

-- What the scripts of one call share: the time, the slots in date, and the sequence as it grows.
local batch = {}

local META_FIELDS = { 'incarnation', 'sequence', 'at', 'alarm', 'short', 'long', 'ended' }
local NO_KEYS = {}

local function read_meta()
  local values = redis.call('HMGET', keys.meta, unpack(META_FIELDS))
  local meta = { incarnation = values[1] }
  for index = 2, #META_FIELDS do
    local value, field = values[index] or '', META_FIELDS[index]
    local number = tonumber(value) or false
    if value ~= '' and not number then error(keys.meta .. ' has a bad ' .. field, 0) end
    meta[field] = number
  end
  return meta
end

-- Milliseconds. Never before the last time used, nor before what this process has seen (`floor`).
local function store_time(clock, floor, last)
  local now = clock
  if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  return math.max(now, floor, last or 0)
end

-- A family has two hashes and writes to one for a period, then to the other. What is older than the period before is
-- out of date: the hash that becomes current when one period has passed, both when more have.
local function slots_of(family, last_period, now)
  local period = math.floor(now / PERIODS_MS[family])
  local current = period % 2 + 1
  local first, second = keys[SLOTS[family][current]], keys[SLOTS[family][3 - current]]
  local passed = last_period and period - last_period or 2
  local slots = { period = period, current = first, in_date = NO_KEYS, stale = NO_KEYS }
  if passed <= 0 then
    slots.in_date = { first, second }
  elseif passed == 1 then
    slots.in_date, slots.stale = { second }, { first }
  else
    slots.stale = { first, second }
  end
  return slots
end

local function find_slots(meta, now)
  batch.short, batch.long = slots_of('short', meta.short, now), slots_of('long', meta.long, now)
  batch.ended = slots_of('ended', meta.ended, now)
  batch.hold_keys = { keys.holds, unpack(batch.ended.in_date) }
  local short, long = batch.short.in_date, batch.long.in_date
  local request_keys = { unpack(short) }
  for index = 1, #long do request_keys[#request_keys + 1] = long[index] end
  batch.request_keys = request_keys
end

-- The incarnation is drawn when a shop is made. Another one, or none, means that its records were deleted under us.
local function is_this_shop(meta, incarnation)
  return meta.incarnation == incarnation
end

local OTHER_SHOP = 'OTHERSHOP the records of this shop have been deleted or replaced since it was opened'

-- What the shop knows of itself, the time, and which of its rotating hashes are in date.
local PERIODS_MS = { short = 600000, long = 86400000, ended = 86400000 }
local SLOTS = {
  short = { 'requests:short:0', 'requests:short:1' },
  long = { 'requests:long:0', 'requests:long:1' },
  ended = { 'ended:0', 'ended:1' },
}

-- What the scripts of one call share: the time, the slots in date, and the sequence as it grows.
local batch = {}

local function read_meta()
  local fields = { 'incarnation', 'sequence', 'at', 'alarm', 'short', 'long', 'ended' }
  local values = redis.call('HMGET', keys.meta, unpack(fields))
  local meta = { incarnation = values[1] }
  for index = 2, #fields do
    local value = values[index] or ''
    meta[fields[index]] = tonumber(value) or false
    if value ~= '' and not meta[fields[index]] then error(keys.meta .. ' has a bad ' .. fields[index], 0) end
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
  local passed = last_period and period - last_period or 2
  local slots = { period = period, current = keys[SLOTS[family][current]], in_date = {}, stale = {} }
  for _, index in ipairs({ current, 3 - current }) do
    local stale = passed >= 2 or (passed == 1 and index == current)
    table.insert(stale and slots.stale or slots.in_date, keys[SLOTS[family][index]])
  end
  return slots
end

local function find_slots(meta, now)
  for family in pairs(SLOTS) do batch[family] = slots_of(family, meta[family], now) end
  batch.hold_keys = { keys.holds, unpack(batch.ended.in_date) }
  batch.request_keys = { unpack(batch.short.in_date) }
  for _, key in ipairs(batch.long.in_date) do table.insert(batch.request_keys, key) end
end

-- The incarnation is drawn when a shop is made. Another one, or none, means that its records were deleted under us.
local function is_this_shop(meta, incarnation)
  return meta.incarnation == incarnation
end

local OTHER_SHOP = 'OTHERSHOP the records of this shop have been deleted or replaced since it was opened'

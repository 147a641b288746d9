-- The shop's metadata, the time, and the current rotating hashes.
local SLOTS = {
  short = { 'requests:short:0', 'requests:short:1' },
  long = { 'requests:long:0', 'requests:long:1' },
  ended = { 'ended:0', 'ended:1' },
}
local FAMILIES = { 'short', 'long', 'ended' }

-- The state that the parts of one call share: the time, the current slots, and the growing sequence.
local batch = {}

local META_FIELDS = { 'incarnation', 'sequence', 'at', 'alarm', 'short', 'long', 'ended', 'epoch', 'format', 'clock' }
local SEQUENCE, AT, ALARM = 2, 3, 4
local NO_KEYS = {}
-- The last read values, as texts and as numbers: most do not change, and parsing is expensive.
local meta, meta_texts = {}, {}

local function set_meta(index, text, number)
  meta_texts[index], meta[META_FIELDS[index]] = text, number
end

local function read_meta()
  local values = call('HMGET', keys.meta, unpack(META_FIELDS))
  meta.generation = values[1]
  shop_time.parse(values[#META_FIELDS] or '')
  meta.format = values[#META_FIELDS - 1]
  for index = 2, #META_FIELDS - 2 do
    local text = values[index]
    if text ~= meta_texts[index] then
      local number = text and tonumber(text) or false
      if text and text ~= '' and not number then error(keys.meta .. ' has a bad ' .. META_FIELDS[index], 0) end
      set_meta(index, text, number)
      if index > ALARM then batch.are_slots_kept = false end
    end
  end
end

-- A family has two hashes, which it writes in alternate periods. Records from before the previous period are outdated:
-- after one period the hash that becomes current, after more periods both.
local function make_slots(family, last_period, period)
  local current = period % 2 + 1
  local name = SLOTS[family][current]
  local first, second = keys[name], keys[SLOTS[family][3 - current]]
  local passed = last_period and period - last_period or 2
  local slots = { period = period, current = name, in_date = NO_KEYS, stale = NO_KEYS }
  if passed <= 0 then
    slots.in_date = { first, second }
  elseif passed == 1 then
    slots.in_date, slots.stale = { second }, { first }
  else
    slots.stale = { first, second }
  end
  return slots
end

local function find_slots_of(family, now)
  local last_period, span = meta[family], PERIODS_MS[family]
  local period = (now - now % span) / span
  batch[family] = make_slots(family, last_period, period)
  batch.slots_until = math.min(batch.slots_until, (period + 1) * span)
  batch.are_slots_kept = batch.are_slots_kept and last_period == period
end

-- `now` is the time by which the slots rotate. Usually they are the same as in the last call, and are reused.
local function find_slots(now)
  if batch.are_slots_kept and batch.slots_of == keys.meta and now >= batch.slots_from and now < batch.slots_until then return end
  batch.slots_of, batch.slots_from, batch.slots_until, batch.are_slots_kept = keys.meta, now, math.huge, true
  for _, family in ipairs(FAMILIES) do find_slots_of(family, now) end
  batch.hold_keys = { keys.holds, unpack(batch.ended.in_date) }
  local request_keys = { unpack(batch.short.in_date) }
  for _, key in ipairs(batch.long.in_date) do request_keys[#request_keys + 1] = key end
  batch.request_keys = request_keys
end

-- An epoch begins when the server may have lost writes. A process whose connection is of an earlier epoch first
-- compares the store with its acknowledged writes: see loss-guard.ts. Fields of `batch`, because a function may have
-- only 200 locals.
function batch.is_in_epoch(epoch, floor_sequence)
  return (meta.epoch or 0) == epoch and (meta.sequence or 0) >= floor_sequence
end

batch.OTHER_EPOCH = 'OTHEREPOCH the store has begun another epoch, or lacks writes that it had acknowledged'
local OTHER_SHOP = 'OTHERSHOP the records of this shop have been deleted or replaced since it was opened'
local OTHER_FORMAT = 'OTHERFORMAT this version reads format ' .. RECORD_FORMAT .. ' and the shop has format '

-- Returns why this process must not use the records, or nothing. Another generation, or none, means that the shop was
-- deleted meanwhile. Another format means that another version has migrated the records.
local function shop_fault(generation)
  if meta.generation ~= generation then return redis.error_reply(OTHER_SHOP) end
  if meta.format ~= RECORD_FORMAT then return redis.error_reply(OTHER_FORMAT .. (meta.format or 'unknown')) end
end

#!lua flags=no-writes
-- A SKU's movements, newest first, each found by the pointer of the one after it: { stock record, ids, movements }.
-- KEYS[1]  {shop}:stock
-- KEYS[2]  {shop}:ledger
-- ARGV[1]  the SKU
-- ARGV[2]  the movement before which to begin, or ''
-- ARGV[3]  how many
-- @include failures
-- @include records

local MOVEMENT_SKU, PREVIOUS, MOVEMENT_FIELDS, EVENT_FIELDS = 3, 11, 12, 5

local function entry_of(id)
  local found = redis.call('XRANGE', keys.ledger, id, id, 'COUNT', 1)[1]
  return found and found[2][2]
end

-- The movement before this one, if this one is a movement of the SKU.
local function previous_of(packed, id, sku)
  local fields = { pcall(cmsgpack.unpack, packed) }
  local ok = table.remove(fields, 1)
  if not ok or (#fields ~= MOVEMENT_FIELDS and #fields ~= EVENT_FIELDS) then undecodable('movement', id) end
  return fields[MOVEMENT_SKU] == sku and fields[PREVIOUS]
end

local function newest(sku)
  local packed = redis.call('HGET', keys.stock, sku)
  return packed and decode('stock', sku, packed)[LAST]
end

local function first_id(sku, before)
  if before == '' then return newest(sku) end
  local packed = entry_of(before)
  return packed and previous_of(packed, before, sku)
end

local function history(sku, before, limit)
  local ids, movements = {}, {}
  local id = first_id(sku, before)
  while id and #ids < limit do
    local packed = entry_of(id)
    if not packed then break end
    ids[#ids + 1], movements[#movements + 1] = id, packed
    id = previous_of(packed, id, sku)
  end
  return { ids, movements }
end

return function(ARGV)
  local ok, answer = pcall(history, ARGV[1], ARGV[2], tonumber(ARGV[3]))
  if ok then return answer end
  local _, detail = describe_failure(answer)
  return redis.error_reply('UNDECODABLE ' .. detail)
end

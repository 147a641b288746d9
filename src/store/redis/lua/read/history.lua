#!lua flags=no-writes
-- Returns the ledger entries with a SKU's movements, newest first: { ids, entries }. Each entry is of one batch, and
-- its head has the SKU's last movement before the batch, which leads to the previous entry.
-- KEYS  stock ledger
-- ARGV[1]  the SKU
-- ARGV[2]  the sequence of a movement whose entry is the first one, or ''
-- ARGV[3]  the number of entries
-- @include records

-- An entry's id is the last sequence of its batch.
local function entry_at(sequence)
  local found = call('XRANGE', keys.ledger, digits(sequence) .. '-0', '+', 'COUNT', 1)[1]
  if not found then return end
  local ok, before = pcall(struct.unpack, '>I8', found[2][2])
  if not ok then undecodable('movement', found[1]) end
  -- If the ledger was trimmed, the next entry is of a later batch.
  if before < sequence then return found[1], found[2][2] end
end

-- Returns the sequence of the SKU's last movement before this entry, or false or nil if there is none.
local function previous_of(id, raw, sku)
  local ok, count, skus, bytes = pcall(function()
    local bits = struct.unpack('>I4', raw, 17)
    local count = bits % COMMITTED_BIT
    local bytes = bits < COMMITTED_BIT and OLD_LEDGER_SKU_BYTES or LEDGER_SKU_BYTES
    return count, cjson.decode(string.match(raw, '^[^\n]*', 21 + count * bytes)), bytes
  end)
  if not ok or type(skus) ~= 'table' or #skus ~= count then undecodable('movement', id) end
  for index = 1, count do
    if skus[index] == sku then
      local last = struct.unpack('>I8', raw, 21 + index * bytes - 12)
      return last > 0 and last
    end
  end
end

local function newest(sku)
  local raw = call('HGET', keys.stock, sku)
  if not raw then return end
  decode('stock', sku, raw)
  local last = struct.unpack('>I8', raw, STOCK.LAST)
  return last > 0 and last
end

local function history(sku, from, limit)
  local ids, entries = {}, {}
  local sequence = from == '' and newest(sku) or tonumber(from)
  while sequence and #ids < limit do
    local id, raw = entry_at(sequence)
    if not raw then break end
    ids[#ids + 1], entries[#entries + 1] = id, raw
    sequence = previous_of(id, raw, sku)
  end
  return { ids, entries }
end

return function(ARGV)
  local ok, answer = pcall(history, ARGV[1], ARGV[2], tonumber(ARGV[3]))
  if ok then return answer end
  if type(answer) == 'table' and answer.undecodable then
    return redis.error_reply('UNDECODABLE ' .. answer.undecodable)
  end
  error(answer, 0)
end

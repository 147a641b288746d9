#!lua flags=no-writes
-- The entries of the ledger that hold a SKU's movements, newest first, each found by the pointer of the one after it. An entry
-- is one batch's; its head says where the SKU's movement before the batch is. Answers { ids, entries }.
-- KEYS  stock ledger
-- ARGV[1]  the SKU
-- ARGV[2]  the sequence of a movement in whose entry to begin, or ''
-- ARGV[3]  how many entries
-- @include failures
-- @include records

-- An entry's id is the last sequence of its batch.
local function entry_at(sequence)
  local found = call('XRANGE', keys.ledger, digits(sequence) .. '-0', '+', 'COUNT', 1)[1]
  if not found then return end
  local ok, before = pcall(struct.unpack, '>I8', found[2][2])
  if not ok then undecodable('movement', found[1]) end
  -- Where the ledger was trimmed, the next entry is of a later batch.
  if before < sequence then return found[1], found[2][2] end
end

-- The sequence of the SKU's movement before this entry, or nothing where there is none or the entry does not hold the SKU.
local function previous_of(id, raw, sku)
  local ok, count, skus = pcall(function()
    local count = struct.unpack('>I4', raw, 17)
    return count, cjson.decode(string.match(raw, '^[^\n]*', 21 + count * 36))
  end)
  if not ok or type(skus) ~= 'table' or #skus ~= count then undecodable('movement', id) end
  for index = 1, count do
    if skus[index] == sku then
      local last = struct.unpack('>I8', raw, 21 + (index - 1) * 36 + 24)
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

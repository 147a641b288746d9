#!lua flags=no-writes
-- Returns the counts that are lower than the sum of the holds and orders of an item, and those of exact items that are
-- higher: { { item, found }, ... }. `mend-counts` corrects them, and `check-counts` changes nothing.
-- KEYS  stock docs counts
-- ARGV[1]  msgpack: items of { SKU, holder, units, sequence of the sum, orders with versions, exactness, stock keys }
-- @include records
-- @include index-faults

local function is_settled(stock_keys, sequence, orders)
  for _, key in ipairs(stock_keys) do
    local raw = call('HGET', keys.stock, key)
    local stock = raw and decoded_or_nil('stock', key, raw)
    if not stock or stock.version > sequence then return false end
  end
  for _, order in ipairs(orders) do
    local packed_order = call('HGET', keys.docs, order[1])
    local document = packed_order and decoded_or_nil('document', order[1], packed_order)
    if not document or document.version ~= order[2] then return false end
  end
  return true
end

local function check_counts(items, mend)
  local wrong = {}
  for index, item in ipairs(items) do
    local sku, customer, units, sequence, orders, is_exact, stock_keys = unpack(item, 1, 7)
    local field = customer .. ' ' .. sku
    local found = tonumber(call('HGET', keys.counts, field) or 0)
    local is_wrong = found and (found < units or (is_exact and found > units))
    if is_wrong and is_settled(stock_keys, sequence, orders) then
      table.insert(wrong, { digits(index), digits(found) })
      if mend and units > 0 then call('HSET', keys.counts, field, digits(units)) end
      if mend and units == 0 then call('HDEL', keys.counts, field) end
    end
  end
  return wrong
end

return function(ARGV) return check_counts(cmsgpack.unpack(ARGV[1]), WRITES) end

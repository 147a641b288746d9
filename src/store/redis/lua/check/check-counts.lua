#!lua flags=no-writes
-- Returns the counts of customers that are lower than the sum of their holds and orders: { { item, found }, ... }.
-- `mend-counts` raises them, and `check-counts` changes nothing.
-- KEYS  stock docs counts
-- ARGV[1]  msgpack: items of { SKU, customer, units, the sequence of the sum, its orders with their versions }
-- @include records
-- @include index-faults

local function is_settled(sku, sequence, orders)
  local raw = call('HGET', keys.stock, sku)
  local stock = raw and decoded_or_nil('stock', sku, raw)
  if not stock or stock.version > sequence then return false end
  for _, order in ipairs(orders) do
    local packed_order = call('HGET', keys.docs, order[1])
    local document = packed_order and decoded_or_nil('document', order[1], packed_order)
    if not document or document.version ~= order[2] then return false end
  end
  return true
end

local function check_counts(items, mend)
  local low = {}
  for index, item in ipairs(items) do
    local sku, customer, units, sequence, orders = unpack(item, 1, 5)
    local field = customer .. ' ' .. sku
    local found = tonumber(call('HGET', keys.counts, field) or 0)
    if found and found < units and is_settled(sku, sequence, orders) then
      table.insert(low, { digits(index), digits(found) })
      if mend then call('HSET', keys.counts, field, digits(units)) end
    end
  end
  return low
end

return function(ARGV) return check_counts(cmsgpack.unpack(ARGV[1]), WRITES) end

-- Customers' counts that are below what their holds and orders make up. An item is SKU, customer, units, the sequence up to
-- which those were summed, and the orders among them with their versions: { { customer, found }, ... } of those that are low.
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

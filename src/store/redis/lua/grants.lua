-- How many units there are, by stock and by the customer's limit: src/domain/machine/grant.ts
local function limit_exceeded(sku, limit, already)
  return 'limit_exceeded', { sku = sku, limit = limit, already = already }, sku
end

local KNOWN_CUSTOMER_PREFIX = 'customer:'

-- Whether units that `customer` gets under `limit` go into their count.
local function is_counted(customer, limit)
  return limit ~= false or string.sub(customer, 1, #KNOWN_CUSTOMER_PREFIX) == KNOWN_CUSTOMER_PREFIX
end

-- A number from `min` to `want`; or nil with the reason, its meta and the SKU.
local function decide_grant(record, min, want, customer, uncounted)
  local available = available_of(record)
  if available < min then
    local line = { sku = record.sku, requested = want, available = available }
    return nil, 'insufficient_stock', { lines = { line } }, record.sku
  end
  if not record.limit then return math.min(want, available) end
  local already = get(counts, count_key(customer, record.sku)) + uncounted
  local room = record.limit - already
  if room < min then return nil, limit_exceeded(record.sku, record.limit, already) end
  return math.min(want, available, room)
end

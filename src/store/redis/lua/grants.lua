-- How many units there are, by stock and by the customer's limit: src/domain/machine/grant.ts
local function limit_exceeded(sku, limit, already)
  return 'limit_exceeded', { sku = sku, limit = limit, already = already }, sku
end

local KNOWN_CUSTOMER_PREFIX, PREFIX_CHARS = 'customer:', 9

-- Whether units that `customer` gets under `limit` go into their count.
local function is_counted(customer, limit)
  return limit ~= false or sub(customer, 1, PREFIX_CHARS) == KNOWN_CUSTOMER_PREFIX
end

-- A number from `min` to `want`; or nil with the reason, its meta and the SKU.
local function decide_grant(sku, record, min, want, customer, uncounted)
  local available = record[ON_HAND] - record[RESERVED] - record[SAFETY]
  if available < min then
    local line = { sku = sku, requested = want, available = math.max(0, available) }
    return nil, 'insufficient_stock', { lines = { line } }, sku
  end
  local limit = record[LIMIT]
  if not limit then return want < available and want or available end
  local already = get_count(count_key(customer, sku)) + uncounted
  local room = limit - already
  if room < min then return nil, limit_exceeded(sku, limit, already) end
  return math.min(want, available, room)
end

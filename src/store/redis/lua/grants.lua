-- How many units there are, by stock and by the customer's limit: src/domain/machine/grant.ts
local function limit_exceeded(sku, limit, already)
  return 'limit_exceeded', { sku = sku, limit = limit, already = already }, sku
end

-- A number from `min` to `want`; or nil with the reason, its meta and the SKU.
local function decide_grant(sku, record, min, want, customer, uncounted)
  local available = available_of(record)
  if available < min then
    return nil, 'insufficient_stock', { lines = { { sku = sku, requested = want, available = available } } }, sku
  end
  if not record[LIMIT] then return want < available and want or available end
  local already = get(counts, count_key(customer, sku)) + uncounted
  local room = record[LIMIT] - already
  if room < min then return nil, limit_exceeded(sku, record[LIMIT], already) end
  return math.min(want, available, room)
end

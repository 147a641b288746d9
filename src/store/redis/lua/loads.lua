-- Records of the state before the batch, decoded when a step asks for them; false where there is none.
local load = {}

function load.stock(sku)
  if raw_stock[sku] == nil then fetch_fields(keys.stock, { sku }, raw_stock) end
  local packed = raw_stock[sku]
  return packed and decode('stock', sku, packed)
end

function load.hold(hold_id)
  if raw_holds[hold_id] == nil then fetch_holds({ hold_id }) end
  local packed = raw_holds[hold_id]
  return packed and decode('hold', hold_id, packed)
end

function load.document(key)
  if raw_documents[key] == nil then fetch_documents({ key }) end
  local packed = raw_documents[key]
  return packed and decode('document', key, packed)
end

function load.due(key)
  if raw_due[key] == nil then fetch_documents({ key }) end
  return raw_due[key]
end

-- The key is customer, space, SKU: neither can hold a space.
function load.count(key)
  if raw_counts[key] == nil then fetch_fields(keys.counts, { key }, raw_counts) end
  local units = tonumber(raw_counts[key] or 0)
  if not is_whole(units) then undecodable('count', key) end
  return units
end

-- Of an earlier batch, or of this one.
local function request_of(id)
  if raw_requests[id] == nil then fetch_requests({ id }) end
  local packed = raw_requests[id]
  return packed and decode('request', id, packed)
end

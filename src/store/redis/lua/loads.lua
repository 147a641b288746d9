-- Records of the state before the batch, decoded when a step asks for them; false where there is none.
local load = {}

function load.stock(sku)
  if raw_stock[sku] == nil then fetch_stock({ sku, n = 1 }) end
  local raw = raw_stock[sku]
  return raw and decode('stock', sku, raw)
end

function load.hold(hold_id)
  if raw_holds[hold_id] == nil then fetch_holds({ hold_id, n = 1 }) end
  local raw = raw_holds[hold_id]
  return raw and decode('hold', hold_id, raw)
end

function load.document(key)
  if raw_documents[key] == nil then fetch_documents({ key, n = 1 }) end
  local raw = raw_documents[key]
  return raw and decode('document', key, raw)
end

function load.due(key)
  if raw_due[key] == nil then fetch_documents({ key, n = 1 }) end
  return raw_due[key]
end

-- The key is customer, space, SKU: neither can hold a space.
function load.count(key)
  if raw_counts[key] == nil then fetch_counts({ key, n = 1 }) end
  local units = tonumber(raw_counts[key] or 0)
  if not is_whole(units) then undecodable('count', key) end
  return units
end

-- Of an earlier batch, or of this one.
local function request_of(id)
  if raw_requests[id] == nil then fetch_requests({ id, n = 1 }) end
  local raw = raw_requests[id]
  return raw and decode('request', id, raw)
end

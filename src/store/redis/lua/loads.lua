-- Records of the state before the batch, decoded when a step asks for them; false where there is none.
local load = {}

function load.stock(sku)
  if raw.stock[sku] == nil then fetch_fields(keys.stock, { sku }, raw.stock) end
  return raw.stock[sku] and decode('stock', sku, raw.stock[sku])
end

function load.hold(hold_id)
  if raw.holds[hold_id] == nil then fetch_holds({ hold_id }) end
  return raw.holds[hold_id] and decode('hold', hold_id, raw.holds[hold_id])
end

function load.document(key)
  if raw.documents[key] == nil then fetch_documents({ key }) end
  return raw.documents[key] and decode('document', key, raw.documents[key])
end

function load.due_at(key)
  if raw.due_at[key] == nil then fetch_documents({ key }) end
  return raw.due_at[key]
end

-- The key is customer, space, SKU: neither can hold a space.
function load.count(key)
  if raw.counts[key] == nil then fetch_fields(keys.counts, { key }, raw.counts) end
  local units = tonumber(raw.counts[key] or 0)
  if not is_whole(units) then undecodable('count', key) end
  return units
end

-- Of an earlier batch, or of this one.
function load.request(id)
  if raw.requests[id] == nil then fetch_requests({ id }) end
  return raw.requests[id] and decode('request', id, raw.requests[id])
end

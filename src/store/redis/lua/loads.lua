-- Records of the state before the batch, decoded when a step asks for them; false where there is none.
local function load_stock(sku)
  if raw.stock[sku] == nil then fetch_fields(keys.stock, { sku }, raw.stock) end
  return raw.stock[sku] and decode_stock(sku, raw.stock[sku])
end

local function load_hold(hold_id)
  if raw.holds[hold_id] == nil then fetch_holds({ hold_id }) end
  return raw.holds[hold_id] and decode_hold(hold_id, raw.holds[hold_id])
end

local function load_document(key)
  if raw.documents[key] == nil then fetch_documents({ key }) end
  if not raw.documents[key] then return false end
  local document = decode_document(key, raw.documents[key])
  document.due_at = raw.due_at[key]
  return document
end

local function load_request(id)
  if raw.requests[id] == nil then fetch_requests({ id }) end
  return raw.requests[id] and decode_request(id, raw.requests[id])
end

-- The key is customer, space, SKU: neither can hold a space.
local function load_count(key)
  if raw.counts[key] == nil then fetch_fields(keys.counts, { key }, raw.counts) end
  return raw.counts[key] and decode_count(key, raw.counts[key]) or 0
end

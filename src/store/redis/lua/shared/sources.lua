-- Raw values of the state before the batch, read with few commands. A record is decoded only when it is needed, so an
-- undecodable one affects no other call.
local raw_stock, raw_holds, raw_documents, raw_due, raw_requests = {}, {}, {}, {}, {}
-- The filled tables with their fields, for `forget_sources`.
local filled, filled_fields, fills = {}, {}, 0

local function forget_sources()
  for number = 1, fills do
    local values, fields = filled[number], filled_fields[number]
    for index = 1, fields.n do values[fields[index]] = nil end
  end
  fills = 0
end

local function note_fetched(fields, into)
  fills = fills + 1
  filled[fills], filled_fields[fills] = into, fields
end

local still_missing = { n = 0 }

-- Returns the fields without a value.
local function missing_of(fields, values)
  local found = 0
  for index = 1, fields.n do
    local field = fields[index]
    if not values[field] then
      found = found + 1
      still_missing[found] = field
    end
  end
  still_missing.n = found
  return still_missing
end

local function first_in_slots(slot_keys, field)
  for index = 1, #slot_keys do
    local value = call('HGET', slot_keys[index], field)
    if value then return value end
  end
  return false
end

local function fetch_from_slots(slot_keys, fields, into)
  note_fetched(fields, into)
  if fields.n == 1 then
    into[fields[1]] = first_in_slots(slot_keys, fields[1])
    return
  end
  for index = 1, fields.n do into[fields[index]] = false end
  for index = 1, #slot_keys do
    if fields.n > 0 then
      fetch_fields(slot_keys[index], fields, into)
      fields = missing_of(fields, into)
    end
  end
end

local function fetch_stock(skus)
  note_fetched(skus, raw_stock)
  fetch_fields(keys.stock, skus, raw_stock)
end

local function fetch_holds(hold_ids)
  fetch_from_slots(batch.hold_keys, hold_ids, raw_holds)
end

local function fetch_requests(ids)
  fetch_from_slots(batch.request_keys, ids, raw_requests)
end

local present = { n = 0 }

-- An absent document has no due time. Most documents of a batch are new carts.
local function fetch_documents(names)
  note_fetched(names, raw_documents)
  note_fetched(names, raw_due)
  fetch_fields(keys.docs, names, raw_documents)
  local found = 0
  for index = 1, names.n do
    local name = names[index]
    if raw_documents[name] then
      found = found + 1
      present[found] = name
    end
  end
  present.n = found
  fetch_scores(keys['due:docs'], present, raw_due)
end

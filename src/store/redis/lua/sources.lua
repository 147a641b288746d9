-- Raw values of the state before the batch. `prefetch` fills these with few commands; what it did not foresee is read one
-- by one. Nothing is decoded until a step needs it, so that a record nobody needs harms nobody.
local raw_stock, raw_holds, raw_documents, raw_due, raw_requests, raw_counts

local function forget_sources()
  raw_stock, raw_holds, raw_documents, raw_due, raw_requests, raw_counts = {}, {}, {}, {}, {}, {}
end

-- Those of the fields that are still without a value; the very list where that is all of them.
local function still_missing(fields, values)
  local found = 0
  for index = 1, #fields do
    if values[fields[index]] then found = found + 1 end
  end
  if found == 0 then return fields end
  local missing = {}
  for index = 1, #fields do
    if not values[fields[index]] then missing[#missing + 1] = fields[index] end
  end
  return missing
end

local function fetch_from_slots(slot_keys, fields, into)
  local missing, asked = fields, false
  for _, key in ipairs(slot_keys) do
    if #missing > 0 then
      fetch_fields(key, missing, into)
      missing, asked = still_missing(missing, into), true
    end
  end
  if asked then return end
  for index = 1, #missing do into[missing[index]] = false end
end

local function fetch_holds(hold_ids)
  fetch_from_slots(batch.hold_keys, hold_ids, raw_holds)
end

local function fetch_requests(ids)
  fetch_from_slots(batch.request_keys, ids, raw_requests)
end

local function fetch_documents(names)
  fetch_fields(keys.docs, names, raw_documents)
  fetch_scores(keys['due:docs'], names, raw_due)
end

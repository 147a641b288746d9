-- Raw values of the state before the batch. `prefetch` fills these with few commands; what it did not foresee is read one
-- by one. Nothing is decoded until a step needs it, so that a record nobody needs harms nobody.
local raw = { stock = {}, holds = {}, documents = {}, due_at = {}, requests = {}, counts = {}, earliest = {}, lanes = {} }

local function fetch_from_slots(slot_keys, fields, into)
  local missing = fields
  for _, key in ipairs(slot_keys) do
    if #missing == 0 then return end
    fetch_fields(key, missing, into)
    local still = {}
    for _, field in ipairs(missing) do
      if not into[field] then still[#still + 1] = field end
    end
    missing = still
  end
end

local function fetch_holds(hold_ids)
  fetch_from_slots({ keys.holds, unpack(batch.ended.in_date) }, hold_ids, raw.holds)
end

local function fetch_requests(ids)
  fetch_from_slots(batch.request_keys, ids, raw.requests)
end

local function fetch_documents(names)
  fetch_fields(keys.docs, names, raw.documents)
  fetch_scores(keys['due:docs'], names, raw.due_at)
end

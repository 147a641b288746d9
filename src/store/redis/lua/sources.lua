-- Raw values of the state before the batch. `prefetch` fills these with few commands; what it did not foresee is read one
-- by one. Nothing is decoded until a step needs it, so that a record nobody needs harms nobody.
local raw = { stock = {}, holds = {}, documents = {}, due_at = {}, requests = {}, counts = {}, earliest = {}, lanes = {} }

-- Keys that are known not to exist are not asked.
local absent_keys = {}

local function fetch_from_slots(slot_keys, fields, into)
  local missing = fields
  for _, key in ipairs(slot_keys) do
    if not absent_keys[key] and #missing > 0 then
      fetch_fields(key, missing, into)
      local still = {}
      for index = 1, #missing do
        if not into[missing[index]] then still[#still + 1] = missing[index] end
      end
      missing = still
    end
  end
  for index = 1, #missing do into[missing[index]] = false end
end

local function fetch_holds(hold_ids)
  fetch_from_slots(batch.hold_keys, hold_ids, raw.holds)
end

local function fetch_requests(ids)
  fetch_from_slots(batch.request_keys, ids, raw.requests)
end

local function fetch_documents(names)
  fetch_fields(keys.docs, names, raw.documents)
  fetch_scores(keys['due:docs'], names, raw.due_at)
end

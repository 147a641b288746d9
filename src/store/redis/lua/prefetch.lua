-- Reads with few commands what a batch names. It may miss something, which is then read alone; it decides nothing.
-- By the kind of a step: what its second field names.
local SUBJECTS = { configure = 'skus', adjust = 'skus', count = 'skus', ['return'] = 'skus', put = 'documents',
  drop = 'documents', reserve = 'holds', resize = 'holds', extend = 'holds', pin = 'holds', transfer = 'holds',
  release = 'holds', consume = 'holds' }
local wanted = {}

wanted.skus, wanted.holds, wanted.documents = { n = 0 }, { n = 0 }, { n = 0 }
wanted.requests, wanted.counts, wanted.seen = { n = 0 }, { n = 0 }, {}

function wanted.forget()
  local skus, seen = wanted.skus, wanted.seen
  for index = 1, skus.n do seen[skus[index]] = nil end
  skus.n, wanted.holds.n, wanted.documents.n, wanted.requests.n, wanted.counts.n = 0, 0, 0, 0, 0
  wanted.known = false
end

-- Only SKUs come up again and again in a batch.
function wanted.sku(sku)
  if wanted.seen[sku] then return end
  wanted.seen[sku] = true
  add(wanted.skus, sku)
end

function wanted.step(at)
  local kind, subject = input[at], input[at + 1]
  local list = SUBJECTS[kind]
  if list == 'skus' then
    wanted.sku(subject)
  else
    add(wanted[list], subject)
    if kind == 'reserve' then
      wanted.sku(input[at + 2])
      wanted.known = wanted.known or is_counted(input[at + 7], false)
    end
  end
end

-- A working copy if there is a record that can be decoded; whoever needs it will find out about the others.
local function decoded(get_record, key)
  local ok, record = pcall(get_record, key)
  return ok and record
end

function wanted.stock_of_holds()
  local counted = false
  local hold_ids = wanted.holds
  for index = 1, hold_ids.n do
    local hold_id = hold_ids[index]
    local hold = raw_holds[hold_id] and decoded(get_hold, hold_id)
    if hold then
      wanted.sku(hold[SKU])
      counted = counted or hold[COUNTED]
    end
  end
  return counted
end

function wanted.find_limit()
  local skus = wanted.skus
  for number = 1, skus.n do
    local record = get_stock(skus[number])
    if record and record[LIMIT] then return true end
  end
  return false
end

-- Where a record cannot be decoded, nobody knows: counts are read then, as they are where there is a limit.
function wanted.any_limit()
  local ok, found = pcall(wanted.find_limit)
  return not ok or found
end

function wanted.count_of_step(at)
  if input[at] == 'reserve' then return count_key(input[at + 7], input[at + 2]) end
  local hold = SUBJECTS[input[at]] == 'holds' and decoded(get_hold, input[at + 1])
  return hold and hold[COUNTED] and count_key(customer_of(hold), hold[SKU])
end

local function prefetch_counts()
  for number = 1, step_places.n do
    local key = wanted.count_of_step(step_places[number])
    if key then add(wanted.counts, key) end
  end
  fetch_counts(wanted.counts)
end

-- The lane's last ticket lives with the request records, and costs nothing more to read with them.
local function prefetch_requests()
  local ids, count = wanted.requests, transaction_places.n
  for number = 1, count do ids[number] = input[transaction_places[number]] end
  ids[count + 1], ids.n = batch.lane_field, count + 1
  fetch_requests(ids)
end

local function prefetch()
  for number = 1, step_places.n do wanted.step(step_places[number]) end
  fetch_holds(wanted.holds)
  fetch_documents(wanted.documents)
  local counted = wanted.stock_of_holds()
  fetch_stock(wanted.skus)
  if wanted.known or counted or wanted.any_limit() then prefetch_counts() end
end

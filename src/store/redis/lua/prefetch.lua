-- Reads with few commands what a batch names. It may miss something, which is then read alone; it decides nothing.
-- By the kind of a step: what its second field names.
local SUBJECTS = { configure = 'skus', adjust = 'skus', count = 'skus', ['return'] = 'skus', put = 'documents',
  drop = 'documents', reserve = 'holds', resize = 'holds', extend = 'holds', pin = 'holds', transfer = 'holds',
  release = 'holds', consume = 'holds' }
local wanted = {}

function wanted.forget()
  wanted.skus, wanted.holds, wanted.documents, wanted.requests, wanted.counts = {}, {}, {}, {}, {}
  wanted.seen, wanted.known = {}, false
end

-- Only SKUs come up again and again in a batch.
function wanted.sku(sku)
  if wanted.seen[sku] then return end
  wanted.seen[sku] = true
  wanted.skus[#wanted.skus + 1] = sku
end

function wanted.step(at)
  local kind, subject = input[at], input[at + 1]
  local list = SUBJECTS[kind]
  if list == 'skus' then
    wanted.sku(subject)
  else
    wanted[list][#wanted[list] + 1] = subject
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
  for _, hold_id in ipairs(wanted.holds) do
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
  for number = 1, #skus do
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
  for number = 1, #step_places do
    local key = wanted.count_of_step(step_places[number])
    if key then wanted.counts[#wanted.counts + 1] = key end
  end
  fetch_fields(keys.counts, wanted.counts, raw_counts)
end

local function prefetch()
  for number = 1, #transaction_places do wanted.requests[number] = input[transaction_places[number]] end
  for number = 1, #step_places do wanted.step(step_places[number]) end
  fetch_requests(wanted.requests)
  fetch_holds(wanted.holds)
  fetch_documents(wanted.documents)
  local counted = wanted.stock_of_holds()
  fetch_fields(keys.stock, wanted.skus, raw_stock)
  if wanted.known or counted or wanted.any_limit() then prefetch_counts() end
end

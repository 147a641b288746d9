-- Reads with few commands what a batch names. It may miss something, which is then read alone; it decides nothing.
-- By the kind of a step: what its second field names.
local SUBJECTS = { configure = 'skus', adjust = 'skus', count = 'skus', ['return'] = 'skus', put = 'documents',
  drop = 'documents', reserve = 'holds', resize = 'holds', extend = 'holds', pin = 'holds', transfer = 'holds',
  release = 'holds', consume = 'holds' }
local wanted = { skus = {}, holds = {}, documents = {}, requests = {}, counts = {}, seen = {} }

-- Only SKUs come up again and again in a batch.
function wanted.sku(sku)
  if wanted.seen[sku] then return end
  wanted.seen[sku] = true
  wanted.skus[#wanted.skus + 1] = sku
end

function wanted.step(step)
  local kind, subject = step[1], step[2]
  local list = SUBJECTS[kind]
  if list == 'skus' then
    wanted.sku(subject)
  else
    wanted[list][#wanted[list] + 1] = subject
    if kind == 'reserve' then wanted.sku(step[3]) end
  end
end

-- A working copy if there is a record that can be decoded; whoever needs it will find out about the others.
local function decoded(of, key)
  local ok, record = pcall(get, of, key)
  return ok and record
end

function wanted.stock_of_holds()
  local counted = false
  for _, hold_id in ipairs(wanted.holds) do
    local hold = raw.holds[hold_id] and decoded(holds, hold_id)
    if hold then
      wanted.sku(hold[SKU])
      counted = counted or hold[COUNTED]
    end
  end
  return counted
end

function wanted.any_limit()
  for _, sku in ipairs(wanted.skus) do
    local record = decoded(stock, sku)
    if record and record[LIMIT] then return true end
  end
  return false
end

function wanted.count_of_step(step)
  if step[1] == 'reserve' then return count_key(step[8], step[3]) end
  local hold = SUBJECTS[step[1]] == 'holds' and decoded(holds, step[2])
  return hold and hold[COUNTED] and count_key(customer_of(hold), hold[SKU])
end

local function prefetch_counts(transactions)
  for _, transaction in ipairs(transactions) do
    for _, step in ipairs(transaction[6]) do
      local key = wanted.count_of_step(step)
      if key then wanted.counts[#wanted.counts + 1] = key end
    end
  end
  fetch_fields(keys.counts, wanted.counts, raw.counts)
end

local function prefetch(transactions)
  for index = 1, #transactions do
    local wanted_steps = transactions[index][6]
    wanted.requests[index] = transactions[index][1]
    for number = 1, #wanted_steps do wanted.step(wanted_steps[number]) end
  end
  fetch_requests(wanted.requests)
  fetch_holds(wanted.holds)
  fetch_documents(wanted.documents)
  local counted = wanted.stock_of_holds()
  fetch_fields(keys.stock, wanted.skus, raw.stock)
  if wanted.any_limit() or counted then prefetch_counts(transactions) end
end

-- Reads with few commands what a batch names. It may miss something, which is then read alone; it decides nothing.
local function new_list()
  return { seen = {}, items = {} }
end

local function want(list, item)
  if not item or list.seen[item] then return end
  list.seen[item] = true
  list.items[#list.items + 1] = item
end

local function decoded(of, key)
  local ok, record = pcall(get, of, key)
  return ok and record
end

-- By the kind of a step: what its second field names.
local SUBJECTS = { configure = 'skus', adjust = 'skus', count = 'skus', ['return'] = 'skus', put = 'documents',
  drop = 'documents', reserve = 'holds', resize = 'holds', extend = 'holds', pin = 'holds', transfer = 'holds',
  release = 'holds', consume = 'holds' }

local function want_subjects(transactions)
  local wanted = { skus = new_list(), holds = new_list(), documents = new_list(), requests = new_list() }
  for _, transaction in ipairs(transactions) do
    want(wanted.requests, transaction[1])
    for _, step in ipairs(transaction[6]) do
      want(wanted[SUBJECTS[step[1]]], step[2])
      if step[1] == 'reserve' then want(wanted.skus, step[3]) end
    end
  end
  return wanted
end

local function count_of_step(step)
  if step[1] == 'reserve' then
    local record = decoded(stock, step[3])
    return record and is_counted(step[8], record.limit) and count_key(step[8], step[3])
  end
  local hold = SUBJECTS[step[1]] == 'holds' and decoded(holds, step[2])
  return hold and hold.counted and count_key(hold.customer, hold.sku)
end

local function prefetch_counts(transactions)
  local wanted = new_list()
  for _, transaction in ipairs(transactions) do
    for _, step in ipairs(transaction[6]) do
      want(wanted, count_of_step(step))
      for _, sold in ipairs(step[1] == 'drop' and step[4] or {}) do want(wanted, count_key(sold[2], sold[1])) end
    end
  end
  fetch_fields(keys.counts, wanted.items, raw.counts)
end

local function prefetch(transactions)
  local wanted = want_subjects(transactions)
  fetch_requests(wanted.requests.items)
  fetch_holds(wanted.holds.items)
  fetch_documents(wanted.documents.items)
  for _, hold_id in ipairs(wanted.holds.items) do
    local hold = raw.holds[hold_id] and decoded(holds, hold_id)
    want(wanted.skus, hold and hold.sku)
  end
  fetch_fields(keys.stock, wanted.skus.items, raw.stock)
  prefetch_counts(transactions)
end

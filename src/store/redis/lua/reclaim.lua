-- Ends overdue holds before a batch: src/domain/machine/overdue.ts
local reclaimed = { ended = 0, behind = {}, any_behind = false, set_aside = {}, more = false }
local HOLD_STEPS = { reserve = true, resize = true, extend = true, pin = true, transfer = true, release = true,
  consume = true }
-- Where the SKU stands in a step whose stock or limit could refuse it; the other two take from their hold's SKU.
local SKU_FIELDS = { reserve = 3, adjust = 2, count = 2 }

local function end_hold(hold_id)
  local hold = get(holds, hold_id)
  if not hold or not is_live(hold) or hold.expires_at > context.at then return end
  local _, record = live_hold(hold_id, false, false)
  if hold.counted then get(counts, count_key(hold.customer, hold.sku)) end
  free_units(hold, record, 'expired')
  reclaimed.ended = reclaimed.ended + 1
end

-- Whether the entry still tells of a live, overdue hold. One that does not and was not ended by this batch is stray.
local function is_overdue(position)
  local _, expires_at, hold_id = parse_position(position)
  local hold = get(holds, hold_id)
  local live = hold and is_live(hold)
  if not hold or (live and hold.expires_at ~= expires_at) then undecodable('hold:' .. hold_id) end
  return live
end

local function set_aside(position)
  table.insert(reclaimed.set_aside, position)
end

local function prefetch_positions(positions)
  local hold_ids = {}
  for _, position in ipairs(positions) do
    local _, _, hold_id = parse_position(position)
    if raw.holds[hold_id] == nil then hold_ids[#hold_ids + 1] = hold_id end
  end
  fetch_holds(hold_ids)
end

-- Ends at most `budget` overdue holds of a SKU, the oldest first, and says whether more may be left. The index tells of
-- the state before the batch, so it also names those that have been ended since: hence the window.
local function end_of(sku, budget)
  local before = reclaimed.ended
  local window = budget + 1 + before
  local positions = overdue_positions(sku, context.at, window)
  prefetch_positions(positions)
  for _, position in ipairs(positions) do
    local ok, overdue = pcall(is_overdue, position)
    if overdue and ok then
      if reclaimed.ended - before >= budget then return budget, true end
      local _, _, hold_id = parse_position(position)
      ok = pcall(end_hold, hold_id)
    end
    if not ok then set_aside(position) end
  end
  return reclaimed.ended - before, #positions == window
end

local function sku_of_hold(hold_id)
  local ok, hold = pcall(get, holds, hold_id)
  return ok and hold and hold.sku
end

local function taken_sku(step)
  local field = SKU_FIELDS[step[1]]
  if field then return step[field] end
  if step[1] == 'resize' or step[1] == 'transfer' then return sku_of_hold(step[2]) end
end

local function named_skus(first, transactions)
  local named, list = {}, {}
  local function add(sku)
    if sku and not named[sku] then
      named[sku] = true
      list[#list + 1] = sku
    end
  end
  for _, sku in ipairs(first) do add(sku) end
  for _, transaction in ipairs(transactions) do
    for _, step in ipairs(transaction[6]) do add(taken_sku(step)) end
  end
  return list, named
end

local function end_named_holds(transactions)
  for _, transaction in ipairs(transactions) do
    for _, step in ipairs(transaction[6]) do
      if HOLD_STEPS[step[1]] and raw.holds[step[2]] ~= false then pcall(end_hold, step[2]) end
    end
  end
end

local function end_named_skus(list, max)
  fetch_scores(keys['due:skus'], list, raw.earliest)
  local budget = max
  for _, sku in ipairs(list) do
    local earliest = raw.earliest[sku]
    if earliest and earliest <= context.at then
      local ended_here, more = end_of(sku, budget)
      budget = budget - ended_here
      if more then reclaimed.behind[sku], reclaimed.any_behind = true, true end
    end
  end
end

local function end_others(list, named, max)
  local limit = max + #list + 1 + reclaimed.ended
  local skus = redis.call('ZRANGEBYSCORE', keys['due:skus'], '-inf', digits(context.at), 'LIMIT', 0, limit)
  local budget = max
  for _, sku in ipairs(skus) do
    if not named[sku] then
      local ended_here, more = end_of(sku, budget)
      budget = budget - ended_here
      if more then return true end
    end
  end
  return false
end

local function reclaim_overdue(bounds, transactions)
  end_named_holds(transactions)
  local list, named = named_skus(bounds.skus, transactions)
  end_named_skus(list, bounds.named_max)
  local others_max = math.max(0, math.max(0, math.min(bounds.others_max, bounds.total_max - reclaimed.ended)))
  local more = end_others(list, named, others_max)
  reclaimed.more = more or reclaimed.any_behind
end

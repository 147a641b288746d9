-- Ends overdue holds before a batch: src/domain/machine/overdue.ts
local reclaim = { ended = 0, behind = {}, any_behind = false, set_aside = {}, more = false }
-- Where the SKU stands in a step whose stock or limit could refuse it; the other two take from their hold's SKU.
reclaim.sku_fields = { reserve = 2, adjust = 1, count = 1 }
reclaim.by_hold = { resize = true, transfer = true }

function reclaim.forget()
  if reclaim.any_behind then reclaim.behind = {} end
  if #reclaim.set_aside > 0 then reclaim.set_aside = {} end
  reclaim.ended, reclaim.any_behind, reclaim.more = 0, false, false
end

function reclaim.end_hold(hold_id)
  local hold = get_hold(hold_id)
  if not hold or not is_live(hold) or hold[EXPIRES_AT] > tx_at then return end
  local _, record = live_hold(hold_id, false, false)
  if hold[COUNTED] then get_count(count_key(customer_of(hold), hold[SKU])) end
  free_units(hold_id, hold, record, EXPIRED)
  reclaim.ended = reclaim.ended + 1
end

-- Whether the entry still tells of a live, overdue hold. One that does not and was not ended by this batch is stray.
function reclaim.is_overdue(position)
  local _, expires_at, hold_id = parse_position(position)
  local hold = get_hold(hold_id)
  local live = hold and is_live(hold)
  if not hold or (live and hold[EXPIRES_AT] ~= expires_at) then undecodable('hold', hold_id) end
  return live
end

function reclaim.prefetch(found)
  local hold_ids = { n = 0 }
  for _, position in ipairs(found) do
    local _, _, hold_id = parse_position(position)
    if raw_holds[hold_id] == nil then add(hold_ids, hold_id) end
  end
  fetch_holds(hold_ids)
end

-- Ends at most `budget` overdue holds of a SKU, the oldest first, and says whether more may be left. The index tells of
-- the state before the batch, so it also names those that have been ended since: hence the window.
function reclaim.end_of(sku, budget)
  local before = reclaim.ended
  local window = budget + 1 + before
  local found = positions.overdue(sku, tx_at, window)
  reclaim.prefetch(found)
  for _, position in ipairs(found) do
    local ok, overdue = pcall(reclaim.is_overdue, position)
    if ok and overdue then
      if reclaim.ended - before >= budget then return budget, true end
      local _, _, hold_id = parse_position(position)
      ok = pcall(reclaim.end_hold, hold_id)
    end
    if not ok then table.insert(reclaim.set_aside, position) end
  end
  return reclaim.ended - before, #found == window
end

function reclaim.sku_of_hold(hold_id)
  local ok, hold = pcall(get_hold, hold_id)
  return ok and hold and hold[SKU]
end

-- The SKUs that are named, in order and each once, and the same as a set.
function reclaim.named_skus(first)
  local named, list = {}, { n = 0 }
  local function name(sku)
    if not sku or named[sku] then return end
    named[sku] = true
    add(list, sku)
  end
  for _, sku in ipairs(first) do name(sku) end
  for number = 1, step_places.n do
    local at = step_places[number]
    local field = reclaim.sku_fields[input[at]]
    if field then name(input[at + field]) elseif reclaim.by_hold[input[at]] then name(reclaim.sku_of_hold(input[at + 1])) end
  end
  return list, named
end

-- What a step names and is no hold is false in `raw_holds`, or not there at all.
function reclaim.end_named_holds()
  for number = 1, step_places.n do
    local subject = input[step_places[number] + 1]
    if raw_holds[subject] then pcall(reclaim.end_hold, subject) end
  end
end

function reclaim.overdue_skus(limit)
  return call('ZRANGEBYSCORE', keys['due:skus'], '-inf', batch.at_digits, 'LIMIT', 0, limit)
end

-- Mostly nothing is overdue, and one count tells.
function reclaim.is_any_overdue()
  return call('ZCOUNT', keys['due:skus'], '-inf', batch.at_digits) > 0
end

-- Those of the named SKUs that have overdue holds, as a set: one look tells, or where there is too much for that, each is
-- asked.
function reclaim.overdue_of(list)
  local overdue, limit = {}, #list + 1
  local skus = reclaim.overdue_skus(limit)
  if #skus < limit then
    for _, sku in ipairs(skus) do overdue[sku] = true end
    return overdue
  end
  local earliest = {}
  fetch_scores(keys['due:skus'], list, earliest)
  for _, sku in ipairs(list) do overdue[sku] = earliest[sku] and earliest[sku] <= tx_at end
  return overdue
end

function reclaim.end_named_skus(list, overdue, max)
  local budget = max
  for _, sku in ipairs(list) do
    if overdue[sku] then
      local ended_here, more = reclaim.end_of(sku, budget)
      budget = budget - ended_here
      if more then reclaim.behind[sku], reclaim.any_behind = true, true end
    end
  end
end

function reclaim.end_others(list, named, max)
  local budget = max
  for _, sku in ipairs(reclaim.overdue_skus(max + #list + 1 + reclaim.ended)) do
    if not named[sku] then
      local ended_here, more = reclaim.end_of(sku, budget)
      budget = budget - ended_here
      if more then return true end
    end
  end
  return false
end

function reclaim.run(bounds)
  reclaim.end_named_holds()
  if not reclaim.is_any_overdue() then return end
  local list, named = reclaim.named_skus(bounds.skus)
  reclaim.end_named_skus(list, reclaim.overdue_of(list), bounds.named_max)
  local others_max = math.max(0, math.min(bounds.others_max, bounds.total_max - reclaim.ended))
  reclaim.more = reclaim.end_others(list, named, others_max) or reclaim.any_behind
end

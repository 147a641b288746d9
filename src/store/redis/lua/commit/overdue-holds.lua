-- Returns the overdue holds that a batch has to end before it decides: those of the SKUs that it names, then the oldest
-- others. For each it returns the index entry and the record, and the SKUs in the order of the index; nothing for none.
local function least_score(key)
  return tonumber(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

-- Appends overdue holds of a SKU, and returns how many of them were not in `found` yet. The part holds of a kit have
-- entries at the components and end with the kit's hold, so all of them count as one hold. Entries of holds that are
-- already in `found` do not count toward the limit.
local function append_overdue(found, sku, limit)
  local places = positions.overdue(sku, batch.at, limit + found.holds)
  local hold_ids, before = { n = 0 }, found.holds
  for index = 1, #places do
    local _, _, hold_id = parse_position(places[index])
    add(hold_ids, hold_id)
    local whole = string.match(hold_id, '^[^/]*')
    if not found.seen[whole] then found.seen[whole], found.holds = true, found.holds + 1 end
  end
  fetch_holds(hold_ids)
  for index = 1, #places do append(found, places[index], raw_holds[hold_ids[index]] or false) end
  return found.holds - before
end

-- Returns whether a batch has to look for overdue holds. If it looked before, more may be overdue since that time and
-- sequence. They matter for a SKU whose decision assumed that no overdue hold blocks its units.
local function is_overdue_anew(reclaimed_at, reclaimed_after)
  if not meta.alarm or meta.alarm > batch.at then return false end
  if reclaimed_at < 0 then return true end
  -- Another batch may have set a deadline that had passed already.
  if reclaimed_after >= 0 and reclaimed_after ~= batch.sequence then return true end
  local first, last = range_of('stock')
  for index = first, last do
    local is_reclaimed = read_bytes('B', N, write_set.numbers.stock + (index - first) * BYTES.stock)
    if is_reclaimed == 1 and positions.any_between(A[index], reclaimed_at, batch.at) then return true end
  end
  return false
end

-- `looked` is JSON: the SKUs that the batch names, and the most overdue holds that it ends of them and of others.
local function overdue_holds(looked)
  local earliest = least_score(keys['due:skus'])
  if not earliest or earliest > batch.at then return end
  local named, left, others = unpack(cjson.decode(looked))
  local found, is_named = { 'overdue', batch.at_digits, digits(batch.sequence), false, n = 4, seen = {}, holds = 0 }, {}
  for _, sku in ipairs(named) do
    is_named[sku] = true
    left = math.max(0, left - append_overdue(found, sku, left + 2 + others))
  end
  local skus = call('ZRANGEBYSCORE', keys['due:skus'], '-inf', digits(batch.at), 'LIMIT', 0, others + #named + 2)
  left = others
  for _, sku in ipairs(skus) do
    if not is_named[sku] and left >= 0 then left = left - append_overdue(found, sku, left + 2) end
  end
  found[4] = skus
  return found
end

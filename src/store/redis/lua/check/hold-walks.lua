-- Live holds and their entries in the index of deadlines, compared in both directions.
local walks = {}

local function named_values(found)
  local names, values = { n = 0 }, {}
  for index = 1, #found, 2 do
    add(names, found[index])
    values[found[index]] = found[index + 1]
  end
  return names, values
end

local function check_member(index, key, sku, score, expected)
  if score == expected then return end
  faults.add(index, 'stock:' .. sku, describe_score(score), describe_score(expected))
  if expected then faults.write('ZADD', key, digits(expected), sku) else faults.write('ZREM', key, sku) end
end

-- Returns the index entry of a decodable live hold.
local function place_of(hold_id, raw)
  local hold = raw and decoded_or_nil('hold', hold_id, raw)
  return hold and is_live(hold) and position_of(hold[SKU], hold[EXPIRES_AT], hold_id), hold
end

-- Returns whether an index may have entries that belong to no record. The walk over the records has found an entry for
-- each, or has reported a fault, so a check skips the walk over the entries if both counts are equal.
local function may_have_strays(records, entries)
  return faults.mend or call('HLEN', keys[records]) ~= call('ZCARD', keys[entries])
end

-- The earliest deadline of a SKU is not after that of any of its holds. The walk over the SKUs compares it exactly.
local function check_first(sku, score, expires_at)
  if not score or score > expires_at then check_member('due_skus', keys['due:skus'], sku, score, positions.earliest(sku)) end
end

function walks.holds(cursor, limit)
  local page = call('HSCAN', keys.holds, cursor, 'COUNT', limit)
  local ids, raws = named_values(page[2])
  local places, scores = { n = 0 }, {}
  local holds, skus, firsts = {}, { n = 0 }, {}
  for index = 1, ids.n do
    local place, hold = place_of(ids[index], raws[ids[index]])
    if place then
      add(places, place)
      holds[places.n] = hold
      add(skus, hold[SKU])
    end
  end
  fetch_scores(keys['due:holds'], places, scores)
  fetch_scores(keys['due:skus'], skus, firsts)
  for index = 1, places.n do
    local place = places[index]
    if scores[place] ~= 0 then
      local _, expires_at, hold_id = parse_position(place)
      faults.add('due_holds', 'hold:' .. hold_id, describe_score(scores[place]), 'due at ' .. digits(expires_at))
      faults.write('ZADD', keys['due:holds'], '0', place)
    end
  end
  for index = 1, skus.n do check_first(skus[index], firsts[skus[index]], holds[index][EXPIRES_AT]) end
  return page[1]
end

-- Keeps the entry of an undecodable hold, because the audit reports the record.
function walks.due_holds(cursor, limit)
  if not may_have_strays('holds', 'due:holds') then return '0' end
  local page = call('ZSCAN', keys['due:holds'], cursor, 'COUNT', limit)
  local places = named_values(page[2])
  local hold_ids, raws = { n = 0 }, {}
  for index = 1, places.n do
    local ok, _, _, hold_id = pcall(parse_position, places[index])
    hold_ids[index] = ok and hold_id or ''
  end
  hold_ids.n = places.n
  fetch_fields(keys.holds, hold_ids, raws)
  for index = 1, places.n do
    local place, hold_id = places[index], hold_ids[index]
    local right, hold = place_of(hold_id, raws[hold_id])
    if right ~= place and (hold or not raws[hold_id]) then
      faults.add('due_holds', 'hold:' .. hold_id, 'an entry', hold and 'an entry at its deadline alone' or 'no such hold')
      faults.write('ZREM', keys['due:holds'], place)
    end
  end
  return page[1]
end

-- The index of deadlines. A deadline is a time, or the distance from the batch's time after an r. New holds stand in the
-- order of their deadlines, each of which says how many they are.
local due = { removed = {}, skus = { n = 0 }, places = { n = 0 }, lowered = { n = 0 }, earliest = math.huge, removes = false }

function due.begin()
  local skus = due.skus
  for index = 1, skus.n do due.removed[skus[index]] = nil end
  skus.n, due.lowered.n, due.earliest, due.removes = 0, 0, math.huge, false
end

function due.time_of(text)
  if sub(text, 1, 1) == 'r' then return batch.at + tonumber(sub(text, 2)) end
  return tonumber(text)
end

function due.remove_holds()
  local first, last = range_of('due_removed')
  due.removes = true
  for index = first, last do
    local sku = parse_position(A[index])
    if not due.removed[sku] then
      due.removed[sku] = true
      add(due.skus, sku)
    end
  end
  write_range('ZREM', keys['due:holds'], first, last)
end

-- Mostly one deadline is that of all.
function due.add_holds()
  local first, last = range_of('due_added')
  local places, next_hold = due.places, range_of('new_holds')
  local known, at, score, deadline
  places.n = 0
  for index = first, last, 3 do
    local sku, text, count = A[index], A[index + 1], A[index + 2]
    if text ~= known then
      known, at = text, due.time_of(text)
      score, deadline = digits(at), deadline_key(at)
      if at < due.earliest then due.earliest = at end
    end
    local head = sku .. deadline
    count = count == '1' and 1 or tonumber(count)
    for hold = next_hold, next_hold + 2 * count - 2, 2 do append(places, '0', head .. A[hold]) end
    next_hold = next_hold + 2 * count
    append(due.lowered, score, sku)
  end
  write_many('ZADD', keys['due:holds'], places)
end

function due.set_documents()
  local first, last = range_of('due_documents')
  local set, gone = { n = 0 }, { n = 0 }
  for index = first, last, 2 do
    local key, text = A[index], A[index + 1]
    -- A deadline that is put off leaves its place, as one that goes does. A document that had none has a plus.
    local is_new = sub(text, 1, 1) == '+'
    if is_new then text = sub(text, 2) else due.removes = true end
    if text == '' then
      add(gone, key)
    else
      local at = due.time_of(text)
      append(set, digits(at), key)
      if at < due.earliest then due.earliest = at end
    end
  end
  if set.n > 0 then write_many('ZADD', keys['due:docs'], set) end
  if gone.n > 0 then write_many('ZREM', keys['due:docs'], gone) end
end

-- Kept exact. What was added can only lower a SKU's earliest deadline (LT); where something went, the index has the next one.
function due.set_earliest()
  write_many('ZADD', keys['due:skus'], due.lowered, 'LT')
  for index = 1, due.skus.n do
    local sku = due.skus[index]
    local earliest = positions.earliest(sku)
    if earliest then call('ZADD', keys['due:skus'], digits(earliest), sku) else call('ZREM', keys['due:skus'], sku) end
  end
end

function due.least_score(key)
  return tonumber(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

-- The earliest deadline of any hold or document, or false. `last` is what it was before the batch.
function due.next(last)
  if not due.removes then
    local earliest = due.earliest
    if last and last < earliest then earliest = last end
    return earliest < math.huge and earliest
  end
  local hold, document = due.least_score(keys['due:skus']), due.least_score(keys['due:docs'])
  if hold and document then return math.min(hold, document) end
  return hold or document or false
end

-- The index of deadlines. A deadline is a time, or the distance from the batch's time after an r. New holds stand in the
-- order of their deadlines, each of which says how many they are.
local due = { skus = { n = 0 }, places = { n = 0 }, added = {}, removed = {}, earliest = math.huge, removes = false }

function due.begin()
  local skus = due.skus
  for index = 1, skus.n do due.added[skus[index]], due.removed[skus[index]] = nil, nil end
  skus.n, due.earliest, due.removes = 0, math.huge, false
end

function due.time_of(text)
  if sub(text, 1, 1) == 'r' then return batch.at + tonumber(sub(text, 2)) end
  return tonumber(text)
end

function due.note(of, sku, at)
  local least = of[sku]
  if least and least <= at then return end
  if not least and not due.added[sku] and not due.removed[sku] then add(due.skus, sku) end
  of[sku] = at
end

function due.remove_holds()
  local first, last = range_of('due_removed', 1)
  if last < first then return end
  due.removes = true
  for index = first, last do
    local sku, expires_at = parse_position(A[index])
    due.note(due.removed, sku, expires_at)
  end
  write_range('ZREM', keys['due:holds'], first, last)
end

function due.add_holds()
  local first, last = range_of('due_added', 3)
  if last < first then return end
  local places, next_hold = due.places, range_of('new_holds', 2)
  places.n = 0
  for index = first, last, 3 do
    local sku, at, count = A[index], due.time_of(A[index + 1]), tonumber(A[index + 2])
    local head = sku .. deadline_key(at)
    for hold = next_hold, next_hold + 2 * count - 2, 2 do append(places, '0', head .. A[hold]) end
    next_hold = next_hold + 2 * count
    due.note(due.added, sku, at)
    if at < due.earliest then due.earliest = at end
  end
  write_many('ZADD', keys['due:holds'], places)
end

function due.set_documents()
  local first, last = range_of('due_documents', 2)
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

-- Kept exact. What was added can only lower a SKU's earliest deadline (LT); where something went, the index tells.
function due.set_earliest()
  local skus = due.skus
  for index = 1, skus.n do
    local sku = skus[index]
    if not due.removed[sku] then
      call('ZADD', keys['due:skus'], 'LT', digits(due.added[sku]), sku)
    else
      local earliest = positions.earliest(sku)
      if earliest then call('ZADD', keys['due:skus'], digits(earliest), sku) else call('ZREM', keys['due:skus'], sku) end
    end
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

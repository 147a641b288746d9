-- The index of deadlines. A deadline is a time, or the distance from the batch's time. New holds are in the order of
-- their deadlines, and each deadline has their number.
local due = { removed = {}, skus = { n = 0 }, places = { n = 0 }, lowered = { n = 0 }, earliest = math.huge, removes = false }

function due.begin()
  local skus = due.skus
  for index = 1, skus.n do due.removed[skus[index]] = nil end
  skus.n, due.lowered.n, due.earliest, due.removes = 0, 0, math.huge, false
end

function due.time_of(kind, time)
  return kind == DUE.moving and batch.at + time or time
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

-- Builds the index entries of new holds. If all have one SKU and one deadline, and the SKU has an earlier deadline, no
-- earliest deadline changes.
function due.plan_holds()
  local first, last = range_of('due_added')
  local places, lowered, next_hold, numbers_at = due.places, due.lowered, range_of('new_holds'), write_set.numbers.due_added
  local at, score, deadline
  places.n = 0
  for index = first, last do
    local sku, kind, time, count = A[index], read_bytes('>Bi8I3', N, numbers_at)
    time, numbers_at = due.time_of(kind, time), numbers_at + BYTES.due_added
    if time ~= at then
      at, score, deadline = time, digits(time), deadline_key(time)
      if at < due.earliest then due.earliest = at end
    end
    local head = sku .. deadline
    for hold = next_hold, next_hold + 2 * count - 2, 2 do append(places, '0', head .. A[hold]) end
    next_hold = next_hold + 2 * count
    append(lowered, score, sku)
  end
  if first ~= last then return end
  local earliest = call('ZSCORE', keys['due:skus'], lowered[2])
  if earliest and tonumber(earliest) <= at then lowered.n = 0 end
end

function due.add_holds() write_many('ZADD', keys['due:holds'], due.places) end

function due.set_documents()
  local first, last = range_of('due_documents')
  local set, gone, at = { n = 0 }, { n = 0 }, write_set.numbers.due_documents
  for index = first, last do
    local key, is_new, kind, time = A[index], read_bytes('>BBi8', N, at)
    at = at + BYTES.due_documents
    -- A postponed deadline leaves its place in the index, like a removed one.
    if is_new == 0 then due.removes = true end
    if kind == DUE.never then
      add(gone, key)
    else
      time = due.time_of(kind, time)
      append(set, digits(time), key)
      if time < due.earliest then due.earliest = time end
    end
  end
  if set.n > 0 then write_many('ZADD', keys['due:docs'], set) end
  if gone.n > 0 then write_many('ZREM', keys['due:docs'], gone) end
end

-- Updates the earliest deadlines. An added hold can only lower one (LT); after a removal the index has the next one.
function due.set_earliest()
  write_many('ZADD', keys['due:skus'], due.lowered, 'LT')
  for index = 1, due.skus.n do
    local sku = due.skus[index]
    local earliest = positions.earliest(sku)
    if earliest then call('ZADD', keys['due:skus'], digits(earliest), sku) else call('ZREM', keys['due:skus'], sku) end
  end
end

-- Returns the earliest deadline of any hold or document, or false. `last` is the value before the batch.
local function earliest_of_all(last)
  if not due.removes then
    local earliest = due.earliest
    if last and last < earliest then earliest = last end
    return earliest < math.huge and earliest
  end
  local hold, document = least_score(keys['due:skus']), least_score(keys['due:docs'])
  if hold and document then return math.min(hold, document) end
  return hold or document or false
end

-- As `earliest_of_all`, but false if only holds without a deadline are left.
function due.next(last)
  local earliest = earliest_of_all(last)
  return earliest and earliest < NEVER_AT and earliest
end

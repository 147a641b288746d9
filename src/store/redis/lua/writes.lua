-- The writes themselves. Nothing may fail after the first: types are checked before, entries of the ledger only grow.
local write = { fields = { n = 0 }, lower = { n = 0 }, raise = { n = 0 }, gone = { n = 0 } }
local FAMILIES = { 'short', 'long', 'ended' }

local function check_type(key, expected)
  local found = call('TYPE', key).ok
  if found ~= 'none' and found ~= expected then error(key .. ' is a ' .. found .. ' and not a ' .. expected, 0) end
end

function write.check_types_of(lists)
  for index = 1, #lists do
    local list = lists[index]
    if list.expected and list.n > 0 then check_type(keys[list.key], list.expected) end
  end
end

-- What a batch has read by a command of its type is known to be of that type, and what it writes first may as well fail
-- then. The others that it writes are looked at.
function write.check_types()
  write.check_types_of(plan.lists)
  if plan.lists_change then write.check_types_of(plan.document_lists) end
  if plan.removes then check_type(keys['due:docs'], 'zset') end
end

function write.ledger()
  local key = keys.ledger
  for index = 1, entry_count do call('XADD', key, entry_ids[index], 'm', entries[index]) end
end

function write.slots()
  for index = 1, #FAMILIES do
    local family = FAMILIES[index]
    local slots = batch[family]
    if #slots.stale > 0 then call('UNLINK', unpack(slots.stale)) end
    if slots.period ~= meta[family] then append(write.fields, family, digits(slots.period)) end
  end
end

function write.planned(lists)
  for index = 1, #lists do
    local list = lists[index]
    if list.n == 2 then
      call(list.command, keys[list.key], list[1], list[2])
    elseif list.n > 0 then
      write_many(list.command, keys[list.key], list)
    end
  end
end

-- Kept exact. What was added can only lower a SKU's earliest deadline (LT); where something went, the index tells.
function write.earliest()
  local skus = plan.due_skus
  for index = 1, skus.n do
    local sku = skus[index]
    if not plan.due_removed[sku] then
      append(write.lower, digits(plan.due_added[sku]), sku)
    else
      local earliest = positions.earliest(sku)
      if earliest then append(write.raise, digits(earliest), sku) else add(write.gone, sku) end
    end
  end
  if write.gone.n > 0 then write_many('ZREM', keys['due:skus'], write.gone) end
  if write.raise.n > 0 then write_many('ZADD', keys['due:skus'], write.raise) end
  write.lower_earliest(write.lower)
end

function write.lower_earliest(lower)
  for first = 1, lower.n, CHUNK_MAX do
    local last = first + CHUNK_MAX - 1
    call('ZADD', keys['due:skus'], 'LT', unpack(lower, first, last < lower.n and last or lower.n))
  end
end

function write.least_score(key)
  return tonumber(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

-- The earliest deadline of any hold or document, or false. `last` is what it was before the batch.
function write.next_due(last)
  if not plan.removes then
    local earliest = plan.earliest_added
    if last and last < earliest then earliest = last end
    return earliest < math.huge and earliest
  end
  local hold, document = write.least_score(keys['due:skus']), write.least_score(keys['due:docs'])
  if hold and document then return math.min(hold, document) end
  return hold or document or false
end

-- One volatile key a shop: Redis tells of its expiry, while it tells of thousands of them many seconds late.
function write.alarm(due)
  if due == meta.alarm then return end
  append(write.fields, 'alarm', due and digits(due) or '')
  if due then
    call('SET', keys.alarm, '1', 'PX', digits(math.max(1, due - batch.at)))
  else
    call('DEL', keys.alarm)
  end
end

-- What was read as one text and is another now is parsed when it is read again, but for what grows with each batch.
function write.meta(at, sequence)
  append(write.fields, 'at', at)
  if shop_time.text ~= batch.clock_text then append(write.fields, 'clock', shop_time.text) end
  append(write.fields, 'sequence', sequence)
  write_many('HSET', keys.meta, write.fields)
  set_meta(AT, at, batch.at)
  set_meta(SEQUENCE, sequence, batch.sequence)
end

local function write_all()
  write.fields.n, write.lower.n, write.raise.n, write.gone.n = 0, 0, 0, 0
  write.check_types()
  write.ledger()
  write.slots()
  write.planned(plan.lists)
  if plan.lists_change then write.planned(plan.document_lists) end
  write.earliest()
  local due = write.next_due(meta.alarm)
  write.alarm(due)
  write.meta(batch.at_digits, digits(batch.sequence))
  return due
end

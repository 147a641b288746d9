-- The writes themselves. Nothing may fail after the first: types are checked before, entries of the ledger only grow.
local write = {}
local FAMILIES = { 'short', 'long', 'ended' }

local function check_type(key, expected)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= expected then error(key .. ' is a ' .. found .. ' and not a ' .. expected, 0) end
end

-- What a batch has read by a command of its type is known to be of that type. The others that it writes are looked at.
function write.check_types()
  if entry_count > 0 then check_type(keys.ledger, 'stream') end
  for index = 1, #plan.commands do
    local planned = plan.commands[index]
    if planned.expected then check_type(planned.key, planned.expected) end
  end
  if plan.removes then check_type(keys['due:docs'], 'zset') end
end

function write.slots(meta, fields)
  for index = 1, #FAMILIES do
    local family = FAMILIES[index]
    local slots = batch[family]
    if #slots.stale > 0 then redis.call('UNLINK', unpack(slots.stale)) end
    if slots.period ~= meta[family] then append(fields, family, digits(slots.period)) end
  end
end

function write.ledger()
  local call, key = redis.call, keys.ledger
  for index = 1, entry_count do call('XADD', key, entry_ids[index], 'm', entries[index]) end
end

-- Kept exact. What was added can only lower a SKU's earliest deadline (LT); where something went, the index tells.
function write.earliest()
  local lower, add, remove = {}, {}, {}
  for _, sku in ipairs(plan.due_skus) do
    if not plan.due_removed[sku] then
      append(lower, digits_of[plan.due_added[sku]], sku)
    else
      local earliest = positions.earliest(sku)
      if earliest then append(add, digits_of[earliest], sku) else remove[#remove + 1] = sku end
    end
  end
  write_many('ZREM', keys['due:skus'], remove)
  write_many('ZADD', keys['due:skus'], add)
  write.lower(lower)
end

function write.lower(pairs_of_scores)
  for first = 1, #pairs_of_scores, CHUNK_MAX do
    local last = math.min(first + CHUNK_MAX - 1, #pairs_of_scores)
    redis.call('ZADD', keys['due:skus'], 'LT', unpack(pairs_of_scores, first, last))
  end
end

function write.least_score(key)
  return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

-- The earliest deadline of any hold or document, or false. `last` is what it was before the batch.
function write.next_due(last)
  if not plan.removes then
    local earliest = math.min(last or math.huge, plan.earliest_added)
    return earliest < math.huge and earliest
  end
  local hold, document = write.least_score(keys['due:skus']), write.least_score(keys['due:docs'])
  if hold and document then return math.min(hold, document) end
  return hold or document or false
end

-- One volatile key a shop: Redis tells of its expiry, while it tells of thousands of them many seconds late.
function write.alarm(before, due)
  if before == due then return end
  if due then
    redis.call('SET', keys.alarm, '1', 'PX', digits(math.max(1, due - batch.at)))
  else
    redis.call('DEL', keys.alarm)
  end
end

local function write_all(meta)
  local fields = { 'at', digits(batch.at), 'sequence', digits(batch.sequence) }
  write.check_types()
  write.ledger()
  write.slots(meta, fields)
  for index = 1, #plan.commands do
    local planned = plan.commands[index]
    write_many(planned.command, planned.key, planned.arguments)
  end
  write.earliest()
  local due = write.next_due(meta.alarm)
  write.alarm(meta.alarm, due)
  if due ~= meta.alarm then append(fields, 'alarm', due and digits(due) or '') end
  redis.call('HSET', keys.meta, unpack(fields))
  return due
end

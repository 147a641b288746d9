-- The writes themselves. Nothing here may fail: types were checked at the start, entries of the ledger only grow.
local function check_types()
  for name, expected in pairs(types) do
    local found = redis.call('TYPE', keys[name]).ok
    if found == 'none' then
      absent_keys[keys[name]] = true
    elseif found ~= expected then
      error(keys[name] .. ' is a ' .. found .. ' and not a ' .. expected, 0)
    end
  end
end

local write = {}

function write.slots(meta, fields)
  for family in pairs(SLOTS) do
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

-- The earliest deadline of any hold or document, or false.
function write.next_due()
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
  write.ledger()
  write.slots(meta, fields)
  for _, planned in ipairs(plan.commands) do write_many(planned.command, planned.key, planned.arguments) end
  write.earliest()
  local due = write.next_due()
  write.alarm(meta.alarm, due)
  if due ~= meta.alarm then append(fields, 'alarm', due and digits(due) or '') end
  redis.call('HSET', keys.meta, unpack(fields))
  return due
end

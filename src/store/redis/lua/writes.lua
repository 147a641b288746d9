-- The writes themselves. Nothing here may fail: types were checked at the start, entries of the ledger only grow.
local function check_types()
  for name, expected in pairs(types) do
    local found = redis.call('TYPE', keys[name]).ok
    if found ~= 'none' and found ~= expected then
      error(keys[name] .. ' is a ' .. found .. ' and not a ' .. expected, 0)
    end
  end
end

local function write_slots(meta, fields)
  for family in pairs(SLOTS) do
    local slots = batch[family]
    if #slots.stale > 0 then redis.call('UNLINK', unpack(slots.stale)) end
    if slots.period ~= meta[family] then append(fields, family, digits(slots.period)) end
  end
end

local function write_ledger()
  for _, entry in ipairs(ledger) do redis.call('XADD', keys.ledger, entry.id, 'm', entry.packed) end
end

-- Kept exact: the least of a SKU is known without looking unless what was the least has gone.
local function earliest_after(sku)
  local earliest, added, removed = raw.earliest[sku], plan.due_added[sku], plan.due_removed[sku]
  if removed and (not earliest or removed <= earliest) then return earliest_deadline(sku) end
  return math.min(earliest or math.huge, added or math.huge)
end

local function write_earliest()
  local add, remove = {}, {}
  for _, sku in ipairs(plan.due_skus) do
    local earliest = earliest_after(sku)
    if not earliest then append(remove, sku)
    elseif earliest ~= raw.earliest[sku] then append(add, digits(earliest), sku) end
  end
  write_many('ZREM', keys['due:skus'], remove)
  write_many('ZADD', keys['due:skus'], add)
end

local function least_score(key)
  return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

-- The earliest deadline of any hold or document, or false.
local function next_due()
  local hold, document = least_score(keys['due:skus']), least_score(keys['due:docs'])
  if hold and document then return math.min(hold, document) end
  return hold or document or false
end

-- One volatile key a shop: Redis tells of its expiry, while it tells of thousands of them many seconds late.
local function write_alarm(before, due_at)
  if before == due_at then return end
  if due_at then
    redis.call('SET', keys.alarm, '1', 'PX', digits(math.max(1, due_at - batch.at)))
  else
    redis.call('DEL', keys.alarm)
  end
end

local function write_all(meta)
  local fields = { 'at', digits(batch.at), 'sequence', digits(batch.sequence) }
  write_slots(meta, fields)
  write_ledger()
  for _, planned in ipairs(plan.commands) do write_many(planned.command, planned.key, planned.arguments) end
  write_earliest()
  local due_at = next_due()
  write_alarm(meta.alarm, due_at)
  if due_at ~= meta.alarm then append(fields, 'alarm', due_at and digits(due_at) or '') end
  redis.call('HSET', keys.meta, unpack(fields))
  return due_at
end

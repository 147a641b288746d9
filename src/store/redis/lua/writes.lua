-- The writes themselves. Nothing may fail after the first: types are checked before, and all is put together before.
local write = { fields = { n = 0 } }
local STAMPED = { 'new_holds', 'live_holds', 'ended_holds', 'documents', 'short_requests', 'long_requests' }
local FAMILIES = { 'short', 'long', 'ended' }

local function check_type(key, expected)
  local found = call('TYPE', key).ok
  if found ~= 'none' and found ~= expected then error(key .. ' is a ' .. found .. ' and not a ' .. expected, 0) end
end

-- Keys that a batch writes and may not have read, with their types.
write.checked = { { 'new_holds', 'holds', 'hash' }, { 'live_holds', 'holds', 'hash' },
  { 'documents', 'docs', 'hash' }, { 'counts', 'counts', 'hash' },
  { 'due_removed', 'due:holds', 'zset' }, { 'due_added', 'due:holds', 'zset' }, { 'due_added', 'due:skus', 'zset' },
  { 'due_documents', 'due:docs', 'zset' }, { 'due_removed', 'due:docs', 'zset' }, { 'ledger', 'ledger', 'stream' } }

function write.check_types()
  for _, row in ipairs(write.checked) do
    if write_set.count[row[1]] > 0 then check_type(keys[row[2]], row[3]) end
  end
  if write_set.count.ended_holds > 0 then check_type(keys[batch.ended.current], 'hash') end
  if write_set.count.long_requests > 0 then check_type(keys[batch.long.current], 'hash') end
  if stock_writes.added.n > 0 then check_type(keys.skus, 'zset') end
  local first, last = range_of('lists', 3)
  for index = first, last, 3 do check_type(keys['orders:' .. A[index]], 'zset') end
end

-- In front of each value of some parts: the sequence of its transaction, whose number in the batch stands in `numbers`.
function write.stamp(part, numbers, at, before)
  local first, last = range_of(part, 2)
  local stamps = write.stamps
  for index = first + 1, last, 2 do
    local number = narrow(numbers, at)
    local stamp = stamps[number]
    if not stamp then
      stamp = stamp_of(before + number, batch.at)
      stamps[number] = stamp
    end
    A[index] = stamp .. A[index]
    at = at + 3
  end
  return at
end

function write.all_stamps(before)
  write.stamps = {}
  local numbers, at = A[write_set.from.stamps + 1], 1
  for index = 1, #STAMPED do at = write.stamp(STAMPED[index], numbers, at, before) end
end

function write.part(command, key, part, width)
  local first, last = range_of(part, width)
  write_range(command, key, first, last)
end

function write.slots()
  for index = 1, #FAMILIES do
    local family = FAMILIES[index]
    local slots = batch[family]
    if #slots.stale > 0 then call('UNLINK', unpack(slots.stale)) end
    if slots.period ~= meta[family] then append(write.fields, family, digits(slots.period)) end
  end
end

function write.lists()
  local first, last = range_of('lists', 3)
  for index = first, last, 3 do
    local key = keys['orders:' .. A[index]]
    if A[index + 1] == 'a' then call('ZADD', key, '0', A[index + 2]) else call('ZREM', key, A[index + 2]) end
  end
end

-- One volatile key a shop: Redis tells of its expiry, while it tells of thousands of them many seconds late.
function write.alarm(next_due)
  if next_due == meta.alarm then return end
  append(write.fields, 'alarm', next_due and digits(next_due) or '')
  if next_due then
    call('SET', keys.alarm, '1', 'PX', digits(math.max(1, next_due - batch.at)))
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

function write.holds()
  write.part('HSET', keys.holds, 'new_holds', 2)
  write.part('HSET', keys.holds, 'live_holds', 2)
  write.part('HSET', keys[batch.ended.current], 'ended_holds', 2)
  write.part('HDEL', keys.holds, 'dropped_holds', 1)
  due.remove_holds()
  due.add_holds()
end

function write.documents()
  write.part('HSET', keys.docs, 'documents', 2)
  write.part('HDEL', keys.docs, 'dropped_documents', 1)
  due.set_documents()
  write.lists()
end

function write.requests(ticket)
  write.part('HSET', keys[batch.short.current], 'short_requests', 2)
  write.part('HSET', keys[batch.long.current], 'long_requests', 2)
  -- The lane's last ticket is in the hash of the short records, and is dropped with them after its process has ended.
  call('HSET', keys[batch.short.current], batch.lane_field, digits(ticket))
end

function write.stock(entry)
  if entry then call('XADD', keys.ledger, digits(batch.sequence) .. '-0', 'm', entry) end
  if stock_writes.puts.n > 0 then write_many('HSET', keys.stock, stock_writes.puts) end
  if stock_writes.added.n > 0 then write_many('ZADD', keys.skus, stock_writes.added) end
end

local function write_all(asked, before)
  write.fields.n = 0
  due.begin()
  stock_writes.plan(before)
  local entry = stock_writes.ledger_entry(before)
  write.all_stamps(before)
  write.check_types()
  write.stock(entry)
  write.slots()
  write.holds()
  write.documents()
  write.part('HSET', keys.counts, 'counts', 2)
  write.part('HDEL', keys.counts, 'dropped_counts', 1)
  write.requests(asked.ticket)
  due.set_earliest()
  local next_due = due.next(meta.alarm)
  write.alarm(next_due)
  write.meta(batch.at_digits, digits(batch.sequence))
  return next_due
end

-- The writes themselves. Nothing may fail after the first: types are checked before, and all is put together before.
local write = { fields = { n = 0 } }
local FAMILIES = { 'short', 'long', 'ended' }

-- Parts that are written as they are: the command, and the key or the family of rotating hashes. A stamped value gets in front of
-- it the sequence of its transaction. The type is checked where nothing was read before that proves it.
local HASH_PARTS = {
  new_holds = { command = 'HSET', key = 'holds', type = 'hash', is_stamped = true },
  live_holds = { command = 'HSET', key = 'holds', type = 'hash', is_stamped = true },
  ended_holds = { command = 'HSET', family = 'ended', type = 'hash', is_stamped = true },
  dropped_holds = { command = 'HDEL', key = 'holds' },
  documents = { command = 'HSET', key = 'docs', type = 'hash', is_stamped = true },
  dropped_documents = { command = 'HDEL', key = 'docs' },
  short_requests = { is_stamped = true },
  long_requests = { command = 'HSET', family = 'long', type = 'hash', is_stamped = true },
  counts = { command = 'HSET', key = 'counts', type = 'hash' },
  dropped_counts = { command = 'HDEL', key = 'counts' },
}

-- The other keys that parts are written to, with their types.
local OTHER_KEYS = {
  due_removed = { ['due:holds'] = 'zset', ['due:docs'] = 'zset' },
  due_added = { ['due:holds'] = 'zset', ['due:skus'] = 'zset' },
  due_documents = { ['due:docs'] = 'zset' },
  ledger = { ledger = 'stream' },
}

local function key_of(row)
  return keys[row.key or batch[row.family].current]
end

-- A size is cheaper than a type, and fails where the type is another.
local SIZES = { hash = 'HLEN', zset = 'ZCARD', stream = 'XLEN' }

local function check_type(key, expected)
  if type(redis.pcall(SIZES[expected], key)) ~= 'number' then
    error(key .. ' is a ' .. call('TYPE', key).ok .. ' and not a ' .. expected, 0)
  end
end

function write.check_types()
  local present = write_set.present
  for index = 1, present.n do
    local row, others = HASH_PARTS[present[index]], OTHER_KEYS[present[index]]
    if row and row.type then check_type(key_of(row), row.type) end
    if others then
      for name, expected in pairs(others) do check_type(keys[name], expected) end
    end
  end
  if stock_writes.added.n > 0 then check_type(keys.skus, 'zset') end
  local first, last = range_of('lists')
  for index = first, last, 3 do check_type(keys['orders:' .. A[index]], 'zset') end
end

-- In front of each value of a part: the sequence of its transaction, whose number in the batch stands in `numbers`.
function write.stamp(part, numbers, at, before)
  local first, last = range_of(part)
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
  local present, numbers, at = write_set.present, A[write_set.from.stamps + 1], 1
  for index = 1, present.n do
    local row = HASH_PARTS[present[index]]
    if row and row.is_stamped then at = write.stamp(present[index], numbers, at, before) end
  end
end

function write.slots()
  for index = 1, #FAMILIES do
    local family = FAMILIES[index]
    local slots = batch[family]
    if #slots.stale > 0 then call('UNLINK', unpack(slots.stale)) end
    if slots.period ~= meta[family] then append(write.fields, family, digits(slots.period)) end
  end
end

local writers = { due_removed = due.remove_holds, due_added = due.add_holds, due_documents = due.set_documents }

function writers.lists()
  local first, last = range_of('lists')
  for index = first, last, 3 do
    local key = keys['orders:' .. A[index]]
    if A[index + 1] == 'a' then call('ZADD', key, '0', A[index + 2]) else call('ZREM', key, A[index + 2]) end
  end
end

function write.parts()
  local present = write_set.present
  for index = 1, present.n do
    local part = present[index]
    local row, writer = HASH_PARTS[part], writers[part]
    if row and row.command then
      write_range(row.command, key_of(row), range_of(part))
    elseif writer then
      writer()
    end
  end
end

-- The lane's last ticket is in the hash of the short records, and is dropped with them after its process has ended.
function write.short_requests(ticket)
  local key = keys[batch.short.current]
  local first, last = range_of('short_requests')
  local past = first + CHUNK_MAX
  call('HSET', key, batch.lane_field, digits(ticket), unpack(A, first, last < past and last or past - 1))
  write_range('HSET', key, past, last)
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
  write.parts()
  write.short_requests(asked.ticket)
  due.set_earliest()
  local next_due = due.next(meta.alarm)
  write.alarm(next_due)
  write.meta(batch.at_digits, digits(batch.sequence))
  return next_due
end

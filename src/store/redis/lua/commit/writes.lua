-- The writes. Nothing may fail after the first write, so types are checked and values are built before it.
local write = { fields = { n = 0 } }

-- The function that writes a part.
local writers = {
  counts = count_writes.write, due_removed = due.remove_holds, due_added = due.add_holds, due_documents = due.set_documents,
}

-- Parts whose texts are the arguments of one command, with the key or the family of rotating hashes.
local HASH_PARTS = {
  new_holds = { command = 'HSET', key = 'holds' },
  live_holds = { command = 'HSET', key = 'holds' },
  ended_holds = { command = 'HSET', family = 'ended' },
  dropped_holds = { command = 'HDEL', key = 'holds' },
  documents = { command = 'HSET', key = 'docs' },
  dropped_documents = { command = 'HDEL', key = 'docs' },
  long_requests = { command = 'HSET', family = 'long' },
}

local function key_of(row)
  return keys[row.key or batch[row.family].current]
end

for part, row in pairs(HASH_PARTS) do
  writers[part] = function() write_range(row.command, key_of(row), range_of(part)) end
end

-- The keys of parts whose types no earlier read proves, each with a command that returns its size. That is cheaper than
-- TYPE, and fails for a key of another type. The ledger needs no check, because it is written first.
local HOLDS, DOCUMENTS, DUE_HOLDS = { 'HLEN', key = 'holds' }, { 'HLEN', key = 'docs' }, { 'ZCARD', key = 'due:holds' }
local DUE_SKUS, DUE_DOCUMENTS = { 'ZCARD', key = 'due:skus' }, { 'ZCARD', key = 'due:docs' }
local WRITTEN = {
  new_holds = { HOLDS }, live_holds = { HOLDS }, ended_holds = { { 'HLEN', family = 'ended' } },
  documents = { DOCUMENTS }, long_requests = { { 'HLEN', family = 'long' } },
  due_removed = { DUE_HOLDS, DUE_SKUS, DUE_DOCUMENTS }, due_added = { DUE_HOLDS }, due_documents = { DUE_DOCUMENTS },
}

local TYPES = { HLEN = 'hash', ZCARD = 'zset' }

local function check_type(key, size)
  if type(redis.pcall(size, key)) ~= 'number' then
    error(key .. ' is a ' .. call('TYPE', key).ok .. ' and not a ' .. TYPES[size], 0)
  end
end

function write.check_types()
  local written = rows_of(WRITTEN)
  for index = 1, #written do
    local row = written[index]
    for number = 1, #row do check_type(key_of(row[number]), row[number][1]) end
  end
  if due.lowered.n > 2 then check_type(keys['due:skus'], 'ZCARD') end
  if stock_writes.added.n > 0 then check_type(keys.skus, 'ZCARD') end
  local first, last = range_of('lists')
  for index = first, last, 3 do check_type(keys['orders:' .. A[index]], 'ZCARD') end
end

-- Parts whose values get a stamp: the sequence of their transaction, and the batch's time.
local STAMPED = { stamps = {} }
for _, part in ipairs({ 'new_holds', 'live_holds', 'ended_holds', 'documents', 'short_requests', 'long_requests' }) do
  STAMPED[part] = part
end

function write.stamps(before)
  local stamps = STAMPED.stamps
  for number = 0, batch.sequence - before do stamps[number] = to_bytes('>I8I8', before + number, batch.at) end
  local stamped = rows_of(STAMPED)
  for number = 1, #stamped do
    local first, last = range_of(stamped[number])
    local at = write_set.numbers[stamped[number]]
    for index = first + 1, last, 2 do
      A[index], at = stamps[read_bytes('>I3', N, at)] .. A[index], at + 3
    end
  end
end

function write.slots()
  if batch.are_slots_kept then return end
  for index = 1, #FAMILIES do
    local family = FAMILIES[index]
    local slots = batch[family]
    if #slots.stale > 0 then call('UNLINK', unpack(slots.stale)) end
    if slots.period ~= meta[family] then append(write.fields, family, digits(slots.period)) end
  end
end

function writers.lists()
  local first, last = range_of('lists')
  for index = first, last, 3 do
    local key = keys['orders:' .. A[index]]
    if A[index + 1] == 'a' then call('ZADD', key, '0', A[index + 2]) else call('ZREM', key, A[index + 2]) end
  end
end

-- The last fencing token of a process is among the short records, which expire after the process has ended.
function write.short_requests(fencing_token)
  local key = keys[batch.short.current]
  local first, last = range_of('short_requests')
  local past = first + CHUNK_MAX
  call('HSET', key, batch.lane_field, digits(fencing_token), unpack(A, first, last < past and last or past - 1))
  write_range('HSET', key, past, last)
end

-- One volatile key per shop: Redis reports its expiry promptly, but with thousands of keys many seconds late.
function write.alarm(next_due)
  if next_due == meta.alarm then return end
  append(write.fields, 'alarm', next_due and digits(next_due) or '')
  if next_due then
    call('SET', keys.alarm, '1', 'PX', digits(math.max(1, next_due - batch.at)))
  else
    call('DEL', keys.alarm)
  end
end

-- Caches the two fields that change with each batch. The others are parsed when they are read again.
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

local function write_all(request, before)
  if not stock_writes.adds_up then error('counters do not add up', 0) end
  write.fields.n = 0
  local entry = stock_writes.ledger_entry(before)
  write.stamps(before)
  if write_set.count.due_added > 0 then due.plan_holds() end
  write.check_types()
  write.stock(entry)
  write.slots()
  local rows = rows_of(writers)
  for index = 1, #rows do rows[index]() end
  write.short_requests(request.fencing_token)
  due.set_earliest()
  local next_due = due.next(meta.alarm)
  write.alarm(next_due)
  write.meta(batch.at_digits, digits(batch.sequence))
  return next_due
end

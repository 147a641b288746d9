#!lua
-- Applies a batch that a process has decided. It makes no decisions: it compares everything that the decision used, and
-- then writes the changes. Returns msgpack values, of which the first is a word. After `done` follow 32 bytes: the
-- time, the clock's offset, the sequence before the batch and the next deadline (-1: none), each as 8 bytes,
-- big-endian. Then the due documents follow as msgpack, if there are any.
-- KEYS  meta stock holds ended:0 ended:1 docs requests:short:0 requests:short:1 requests:long:0 requests:long:1 counts
--       due:holds due:skus due:docs skus ledger alarm orders:awaiting_payment orders:placed orders:cancelled
--       orders:expired orders:refund_due orders:partially_fulfilled orders:fulfilled orders:by_owner orders:events
--       orders:reservations orders:reservations_ended orders:transfers orders:transfers_ended
-- ARGV[1]  numbers: the head of the batch (batch-codec.ts), then the numbers of the write set
-- ARGV[2]  the overdue holds to look for, JSON
-- ARGV[3..]  the texts of the write set, part by part
-- @include remembering
-- @include positions
-- @include shop-time
-- @include shop
-- @include sources
-- @include records
-- @include write-set
-- @include expectations
-- @include overdue-holds
-- @include due-writes
-- @include stock-writes
-- @include count-writes
-- @include writes
-- @include due-documents

local request = {}
local DONE = pack('done')
local HEAD = '>' .. string.rep('i8', 14) .. 'I3I3ss'

-- Returns the offset of the write set. An absent number is -1.
local function read_head(numbers)
  local at
  request.floor_at, request.floor_sequence, request.clock, request.earliest, request.latest, request.not_after, request.fencing_token,
    request.previous_token, request.epoch, request.reclaimed_at, request.reclaimed_after, request.since, request.before, request.after,
    request.sequences, request.due_max, request.generation, batch.lane_field, at = read_bytes(HEAD, numbers)
  return at
end

-- Batches of one process are applied in the order of their fencing tokens, each once. A copy that the network delivers
-- after a newer one was applied is rejected, and so is a batch whose predecessor (`previous_token`) has not arrived.
local function is_in_order()
  local last = tonumber(first_in_slots(batch.short.in_date, batch.lane_field) or nil)
  if not last then return true end
  return request.fencing_token > last and (request.previous_token < 0 or request.previous_token == last)
end

local function take_time()
  local wall = shop_time.wall(request.clock >= 0 and request.clock)
  local now = wall + shop_time.offset_at(wall)
  if request.is_guarded and shop_time.has_stepped(now, request.earliest, request.latest, meta.at) then
    return pack('clock_stepped', wall, shop_time.text, meta.at or 0)
  end
  batch.at, batch.clock_offset = shop_time.never_back(now, request.floor_at, meta.at), now - wall
  batch.at_digits, batch.clock_text = digits(batch.at), shop_time.text
  batch.sequence = meta.sequence or 0
  if batch.at > request.not_after then return pack('late', batch.at) end
end

-- Returns why the batch cannot be applied as it was decided, or nothing.
local function objection()
  if not is_in_order() then return pack('out_of_order', batch.at) end
  local overdue = is_overdue_anew(request.reclaimed_at, request.reclaimed_after) and overdue_holds(request.looked)
  if overdue then return overdue end
  local stale = find_stale()
  local in_time = batch.at >= request.since and batch.at < request.before
  local in_sequence = request.after < 0 or request.after == batch.sequence
  if stale.n > STALE_HEAD or not in_time or not in_sequence then return stale end
end

local function commit()
  read_meta()
  local fault = shop_fault(request.generation)
  if fault then return fault end
  if not batch.is_in_epoch(request.epoch, request.floor_sequence) then return pack('other_epoch', meta.at or 0) end
  local turned_away = take_time()
  if turned_away then return turned_away end
  find_slots(shop_time.in_use(batch.at, meta.at, request.is_guarded))
  turned_away = objection()
  if turned_away then return turned_away end
  local before = batch.sequence
  batch.sequence = before + request.sequences
  local due = write_all(request, before)
  local numbers = to_bytes('>i8i8i8i8', batch.at, batch.clock_offset, before, due or -1)
  local documents = due_documents(request.due_max)
  return DONE .. numbers .. (documents[1] and pack(documents) or '')
end

return function(ARGV)
  local at = read_head(ARGV[1])
  request.is_guarded, request.looked = request.latest >= 0, ARGV[2]
  forget_sources()
  if remembered >= REMEMBERED_MAX then
    remembered, deadline_head, shapes = 0, remembering(make_head), remembering(make_shape)
  end
  write_set.begin(ARGV, at)
  due.begin()
  stock_writes.begin()
  count_writes.begin()
  return commit()
end

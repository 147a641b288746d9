#!lua
-- Applies a batch: ends overdue holds, decides each transaction on working copies, then writes.
-- Answers with msgpack values, one after the other: how it went, and what became of each transaction.
-- KEYS[1]  {shop}:meta
-- KEYS[2]  {shop}:stock
-- KEYS[3]  {shop}:holds
-- KEYS[4]  {shop}:ended:0
-- KEYS[5]  {shop}:ended:1
-- KEYS[6]  {shop}:docs
-- KEYS[7]  {shop}:requests:short:0
-- KEYS[8]  {shop}:requests:short:1
-- KEYS[9]  {shop}:requests:long:0
-- KEYS[10]  {shop}:requests:long:1
-- KEYS[11]  {shop}:counts
-- KEYS[12]  {shop}:due:holds
-- KEYS[13]  {shop}:due:skus
-- KEYS[14]  {shop}:due:docs
-- KEYS[15]  {shop}:skus
-- KEYS[16]  {shop}:ledger
-- KEYS[17]  {shop}:alarm
-- KEYS[18]  {shop}:orders:awaiting_payment
-- KEYS[19]  {shop}:orders:placed
-- KEYS[20]  {shop}:orders:cancelled
-- KEYS[21]  {shop}:orders:expired
-- KEYS[22]  {shop}:orders:refund_due
-- KEYS[23]  {shop}:orders:by_owner
-- ARGV[1]  the batch, msgpack: batch-codec.ts
-- @include remembering
-- @include failures
-- @include positions
-- @include records
-- @include encoders
-- @include shop-time
-- @include shop
-- @include sources
-- @include loads
-- @include input
-- @include working-copies
-- @include step-context
-- @include stock-steps (its locals are its own)
-- @include grants
-- @include live-holds
-- @include hold-steps (its locals are its own)
-- @include end-steps
-- @include document-steps (its locals are its own)
-- @include reclaim
-- @include prefetch
-- @include write-plan
-- @include answers
-- @include writes
-- @include due-documents

local EXPIRY = '{"by":"expiry"}'

local function forget_remembered()
  remembered = 0
  packed, heads, deadline_head = remembering(pack), remembering(head_of), remembering(make_head)
end

local function forget_last_call()
  if remembered >= REMEMBERED_MAX then forget_remembered() end
  forget_sources()
  forget_copies()
  forget_entries()
  reclaim.forget()
  wanted.forget()
  plan.forget()
end

-- What concerns the whole batch. Returns the place of the first transaction.
local asked = {}
local function read_call()
  asked.incarnation, asked.floor_at, asked.floor_sequence, asked.clock, asked.earliest, asked.latest, asked.not_after =
    unpack(input, 2, 8)
  asked.lane, asked.ticket, asked.follows, asked.epoch = unpack(input, 9, 12)
  asked.skus, asked.named_max, asked.others_max, asked.total_max, asked.due_max, asked.count = unpack(input, 13, 18)
  find_places(19, asked.count)
end

-- Batches of one process apply in the order of their tickets, each once: a copy that the network delivers after a newer
-- one was applied is refused, and so is a batch whose predecessor (`follows`) did not get here.
local function is_in_order()
  local last = tonumber(raw_requests[batch.lane_field])
  if not last then return true end
  return asked.ticket > last and (not asked.follows or asked.follows == last)
end

local function decide()
  prefetch()
  begin_transaction(batch.sequence + 1, EXPIRY)
  reclaim.run(asked)
  keep_changes()
  if reclaim.ended > 0 then batch.sequence = batch.sequence + 1 end
  return answer_all()
end

local function apply()
  read_meta()
  local fault = shop_fault(asked.incarnation)
  if fault then return fault end
  if not batch.is_in_epoch(asked.epoch, asked.floor_sequence) then return pack('other_epoch', meta.at or 0) end
  local wall = shop_time.wall(asked.clock)
  local now = wall + shop_time.offset_at(wall)
  if shop_time.has_stepped(now, asked.earliest, asked.latest, meta.at) then
    return pack('clock_stepped', wall, shop_time.text, meta.at or 0)
  end
  batch.at, batch.clock_offset = shop_time.never_back(now, asked.floor_at, meta.at), now - wall
  batch.at_digits, batch.clock_text = digits(batch.at), shop_time.text
  batch.sequence = meta.sequence or 0
  batch.ticket, batch.lane_field = asked.ticket, ' ' .. asked.lane
  if batch.at > asked.not_after then return pack('late', batch.at) end
  find_slots(shop_time.in_use(batch.at, meta.at, asked.latest))
  prefetch_requests()
  if not is_in_order() then return pack('out_of_order', batch.at) end
  tx_at = batch.at
  local answers = decide()
  plan_writes()
  local due = write_all()
  local documents_due = due_documents(asked.due_max)
  return pack('done', batch.at, batch.clock_offset, batch.sequence, due, reclaim.ended, reclaim.more, documents_due)
    .. table.concat(answers)
end

return function(ARGV)
  forget_last_call()
  read_input(ARGV[1])
  read_call()
  return apply()
end

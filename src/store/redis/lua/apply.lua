#!lua
-- Applies a batch: ends overdue holds, decides each transaction on working copies, then writes.
-- Answers how it went, and the answers of the transactions one after the other, each as msgpack.
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
-- ARGV[1]  the batch, msgpack: batch-codec.ts
-- @include numbers
-- @include failures
-- @include chunks
-- @include positions
-- @include records
-- @include encoders
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
-- @include answers
-- @include write-plan
-- @include writes
-- @include due-documents

local EXPIRY = '{"by":"expiry"}'

local function forget_remembered()
  remembered = 0
  packed, digits_of, heads = remembering(cmsgpack.pack), remembering(digits), remembering(head_of)
  deadline_key = remembering(make_deadline_key)
end

-- The library stays loaded from call to call, and the last call may have failed half-way: each begins afresh.
local function forget_last_call()
  if remembered >= REMEMBERED_MAX then forget_remembered() end
  forget_sources()
  forget_copies()
  forget_entries()
  reclaim.forget()
  wanted.forget()
  plan.forget()
  new_requests = { short = {}, long = {} }
end

-- What concerns the whole batch.
local function read_call()
  local incarnation, floor_at, floor_sequence, clock, not_after, lane, ticket = unpack(input, 1, 7)
  local follows, skus, named_max, others_max, total_max, due_max, count = unpack(input, 8, BATCH_FIELDS)
  return { incarnation = incarnation, floor_at = floor_at, floor_sequence = floor_sequence, clock = clock,
    not_after = not_after, lane = lane, ticket = ticket, follows = follows, skus = skus, named_max = named_max,
    others_max = others_max, total_max = total_max, due_max = due_max, count = count }
end

-- Batches of one process apply in the order of their tickets, each once: a copy that the network delivers after a newer
-- one was applied is refused, and so is a batch whose predecessor (`follows`) did not get here.
local function is_in_order(call)
  batch.lane_field = ' ' .. call.lane
  local found = {}
  fetch_from_slots(batch.short.in_date, { batch.lane_field }, found)
  local last = tonumber(found[batch.lane_field])
  if not last then return true end
  return call.ticket > last and (not call.follows or call.follows == last)
end

local function decide(call)
  find_places(call.count)
  prefetch()
  begin_transaction(batch.sequence + 1, EXPIRY)
  reclaim.run(call)
  keep_changes()
  if reclaim.ended > 0 then batch.sequence = batch.sequence + 1 end
  return answer_all()
end

local function apply(call)
  local meta = read_meta()
  if not is_this_shop(meta, call.incarnation) then return redis.error_reply(OTHER_SHOP) end
  batch.at = store_time(call.clock, call.floor_at, meta.at)
  batch.sequence = math.max(meta.sequence or 0, call.floor_sequence)
  batch.ticket = call.ticket
  if batch.at > call.not_after then return { cmsgpack.pack({ 'late', batch.at }) } end
  find_slots(meta, batch.at)
  if not is_in_order(call) then return { cmsgpack.pack({ 'out_of_order', batch.at }) } end
  tx_at = batch.at
  local answers = decide(call)
  plan_writes()
  local due = write_all(meta)
  local documents_due = due_documents(call.due_max)
  local done = { 'done', batch.at, batch.sequence, due, reclaim.ended, reclaim.more, documents_due }
  return { cmsgpack.pack(done), table.concat(answers) }
end

return function(ARGV)
  forget_last_call()
  input = cmsgpack.unpack(ARGV[1])
  return apply(read_call())
end

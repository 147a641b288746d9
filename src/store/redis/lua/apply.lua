#!lua
-- Applies a batch: ends overdue holds, decides each transaction on working copies, then writes. Answers msgpack.
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
-- @keys
-- @include numbers
-- @include failures
-- @include chunks
-- @include positions
-- @include records
-- @include encoders
-- @include shop
-- @include sources
-- @include loads
-- @include working-copies
-- @include step-context
-- @include stock-steps
-- @include grants
-- @include live-holds
-- @include hold-steps
-- @include end-steps
-- @include document-steps
-- @include reclaim
-- @include prefetch
-- @include answers
-- @include write-plan
-- @include writes
-- @include due-documents

local EXPIRY = '{"by":"expiry"}'

local function read_input()
  local f = cmsgpack.unpack(ARGV[1])
  return { incarnation = f[1], floor_at = f[2], floor_sequence = f[3], clock = f[4], not_after = f[5], lane = f[6],
    ticket = f[7], follows = f[8], skus = f[9], named_max = f[10], others_max = f[11], total_max = f[12],
    due_max = f[13], transactions = f[14] }
end

-- Batches of one process apply in the order of their tickets, each once: a copy that the network delivers after a newer
-- one was applied is refused, and so is a batch whose predecessor (`follows`) did not get here.
local function is_in_order(input)
  batch.lane_field = ' ' .. input.lane
  fetch_from_slots(batch.short.in_date, { batch.lane_field }, raw.lanes)
  local last = tonumber(raw.lanes[batch.lane_field])
  if not last then return true end
  return input.ticket > last and (not input.follows or input.follows == last)
end

local function decide(input)
  prefetch(input.transactions)
  begin_transaction(batch.sequence + 1, EXPIRY)
  reclaim.run(input, input.transactions)
  keep_changes()
  if reclaim.ended > 0 then batch.sequence = batch.sequence + 1 end
  return answer_all(input.transactions)
end

local function apply(input)
  local meta = read_meta()
  if not is_this_shop(meta, input.incarnation) then return redis.error_reply(OTHER_SHOP) end
  batch.at = store_time(input.clock, input.floor_at, meta.at)
  batch.sequence = math.max(meta.sequence or 0, input.floor_sequence)
  batch.ticket = input.ticket
  if batch.at > input.not_after then return cmsgpack.pack({ 'late', batch.at }) end
  check_types()
  find_slots(meta, batch.at)
  if not is_in_order(input) then return cmsgpack.pack({ 'out_of_order', batch.at }) end
  context.at = batch.at
  local answers = decide(input)
  plan_writes()
  local due = write_all(meta)
  local documents_due = due_documents(input.due_max)
  return cmsgpack.pack({ 'done', batch.at, batch.sequence, due, reclaim.ended, reclaim.more, answers, documents_due })
end

return apply(read_input())

#!lua
-- Applies a batch that a process has decided. It knows no rule: it compares all that the decisions rest on, and then writes
-- what they come to. Answers with msgpack values, one after the other, that begin with a word.
-- KEYS  meta stock holds ended:0 ended:1 docs requests:short:0 requests:short:1 requests:long:0 requests:long:1 counts
--       due:holds due:skus due:docs skus ledger alarm orders:awaiting_payment orders:placed orders:cancelled
--       orders:expired orders:refund_due orders:by_owner
-- ARGV[1]  what concerns the whole batch, JSON: batch-codec.ts
-- ARGV[2]  the SKUs whose overdue holds could be in the way, JSON
-- ARGV[3..]  the parts of the write set, one after the other
-- @include remembering
-- @include failures
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
-- @include writes
-- @include due-documents

local asked = {}
local function read_head(text)
  asked.incarnation, asked.floor_at, asked.floor_sequence, asked.clock, asked.earliest, asked.latest, asked.not_after,
    asked.lane, asked.ticket, asked.follows, asked.epoch, asked.reclaimed_at, asked.reclaimed_after, asked.since, asked.before,
    asked.sequences, asked.after, asked.due_max, asked.window, asked.others, asked.sizes = unpack(cjson.decode(text))
end

-- Batches of one process apply in the order of their tickets, each once: a copy that the network delivers after a newer
-- one was applied is refused, and so is a batch whose predecessor (`follows`) did not get here.
local function is_in_order()
  fetch_from_slots(batch.short.in_date, { batch.lane_field, n = 1 }, raw_requests)
  local last = tonumber(raw_requests[batch.lane_field] or nil)
  if not last then return true end
  return asked.ticket > last and (not asked.follows or asked.follows == last)
end

local function take_time()
  local wall = shop_time.wall(asked.clock)
  local now = wall + shop_time.offset_at(wall)
  if shop_time.has_stepped(now, asked.earliest, asked.latest, meta.at) then
    return pack('clock_stepped', wall, shop_time.text, meta.at or 0)
  end
  batch.at, batch.clock_offset = shop_time.never_back(now, asked.floor_at, meta.at), now - wall
  batch.at_digits, batch.clock_text = digits(batch.at), shop_time.text
  batch.sequence = meta.sequence or 0
  if batch.at > asked.not_after then return pack('late', batch.at) end
end

-- Why the batch is not to be applied as it was decided; nothing where it is.
local function objection()
  if not is_in_order() then return pack('out_of_order', batch.at) end
  local overdue = is_overdue_anew(asked.reclaimed_at, asked.reclaimed_after) and overdue_holds(asked)
  if overdue then return overdue end
  local stale = find_stale()
  local in_time = batch.at >= asked.since and (not asked.before or batch.at < asked.before)
  local in_sequence = not asked.after or asked.after == batch.sequence
  if stale.n > STALE_HEAD or not in_time or not in_sequence then return stale end
end

local function commit()
  read_meta()
  local fault = shop_fault(asked.incarnation)
  if fault then return fault end
  if not batch.is_in_epoch(asked.epoch, asked.floor_sequence) then return pack('other_epoch', meta.at or 0) end
  local turned_away = take_time()
  if turned_away then return turned_away end
  find_slots(shop_time.in_use(batch.at, meta.at, asked.latest))
  batch.lane_field = ' ' .. asked.lane
  turned_away = objection()
  if turned_away then return turned_away end
  local before = batch.sequence
  batch.sequence = before + asked.sequences
  local due = write_all(asked, before)
  return pack('done', batch.at, batch.clock_offset, before, due, due_documents(asked.due_max))
end

return function(ARGV)
  read_head(ARGV[1])
  asked.named = ARGV[2]
  forget_sources()
  if not deadline_head or remembered >= REMEMBERED_MAX then remembered, deadline_head = 0, remembering(make_head) end
  write_set.begin(ARGV, asked.sizes)
  return commit()
end

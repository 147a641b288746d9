#!lua flags=no-writes
-- Compares a page of records with their index entries, or a page of entries with their records. `mend-indexes` repairs
-- the entries from the records, and `check-indexes` changes nothing. Returns { sequence, next cursor, faults }.
-- KEYS  meta stock holds docs due:holds due:skus due:docs skus orders:awaiting_payment orders:placed orders:cancelled
--       orders:expired orders:refund_due orders:partially_fulfilled orders:fulfilled orders:by_owner orders:events
--       orders:reservations orders:reservations_ended orders:transfers orders:transfers_ended
-- ARGV[1]  the name of the walk
-- ARGV[2]  the cursor
-- ARGV[3]  the approximate number of records or entries
-- @include records
-- @include remembering
-- @include positions
-- @include index-faults
-- @include hold-walks
-- @include stock-walks
-- @include document-walks

local function walk_page(name, cursor, limit, mend)
  local sequence, format = unpack(call('HMGET', keys.meta, 'sequence', 'format'))
  if format ~= RECORD_FORMAT then return redis.error_reply('OTHERFORMAT the shop has format ' .. (format or 'unknown')) end
  faults.list, faults.mend = {}, mend
  deadline_head = remembering(make_head)
  local next_cursor = walks[name](cursor, limit)
  return { sequence or '0', next_cursor, faults.list }
end

return function(ARGV) return walk_page(ARGV[1], ARGV[2], ARGV[3], WRITES) end

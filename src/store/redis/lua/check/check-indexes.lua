#!lua flags=no-writes
-- Compares a page of records or of index entries with the other side. As `mend-indexes` it makes the entries follow from the
-- records, and as `check-indexes` it changes nothing.
-- KEYS  meta stock holds docs due:holds due:skus due:docs skus orders:awaiting_payment orders:placed orders:cancelled
--       orders:expired orders:refund_due orders:by_owner orders:events
-- ARGV[1]  the walk
-- ARGV[2]  the cursor
-- ARGV[3]  how many, about
-- @include failures
-- @include records
-- @include remembering
-- @include positions
-- @include index-faults
-- @include hold-walks
-- @include stock-walks
-- @include document-walks
-- @include index-walk

return function(ARGV) return walk_page(ARGV[1], ARGV[2], ARGV[3], WRITES) end

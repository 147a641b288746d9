#!lua flags=no-writes
-- Compares a page of records or of index entries with the other side, and changes nothing.
-- KEYS[1]  {shop}:meta
-- KEYS[2]  {shop}:stock
-- KEYS[3]  {shop}:holds
-- KEYS[4]  {shop}:docs
-- KEYS[5]  {shop}:due:holds
-- KEYS[6]  {shop}:due:skus
-- KEYS[7]  {shop}:due:docs
-- KEYS[8]  {shop}:skus
-- KEYS[9]  {shop}:orders:awaiting_payment
-- KEYS[10]  {shop}:orders:placed
-- KEYS[11]  {shop}:orders:cancelled
-- KEYS[12]  {shop}:orders:expired
-- KEYS[13]  {shop}:orders:refund_due
-- KEYS[14]  {shop}:orders:by_owner
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

return function(ARGV) return walk_page(ARGV[1], ARGV[2], ARGV[3], false) end

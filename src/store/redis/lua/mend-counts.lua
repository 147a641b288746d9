#!lua
-- The same as `check-counts`, and raises them.
-- KEYS[1]  {shop}:stock
-- KEYS[2]  {shop}:docs
-- KEYS[3]  {shop}:counts
-- ARGV[1]  msgpack: the items
-- @include failures
-- @include stock-bytes
-- @include records
-- @include index-faults
-- @include count-check

return function(ARGV) return check_counts(cmsgpack.unpack(ARGV[1]), true) end

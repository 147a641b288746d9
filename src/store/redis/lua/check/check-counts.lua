#!lua flags=no-writes
-- Names the counts of customers that are too low. As `mend-counts` it raises them, and as `check-counts` it changes nothing.
-- KEYS  stock docs counts
-- ARGV[1]  msgpack: the items
-- @include failures
-- @include records
-- @include index-faults
-- @include count-check

return function(ARGV) return check_counts(cmsgpack.unpack(ARGV[1]), WRITES) end

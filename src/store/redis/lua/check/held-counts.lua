#!lua flags=no-writes
-- Returns a page of the counts of units in live holds: { next cursor, { field, units, ... } }.
-- KEYS  counts
-- ARGV[1]  the cursor
-- ARGV[2]  the approximate number of counts
-- ARGV[3]  the pattern of the fields

return function(ARGV) return call('HSCAN', keys.counts, ARGV[1], 'COUNT', ARGV[2], 'MATCH', ARGV[3]) end

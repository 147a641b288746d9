#!lua flags=no-writes
-- Live holds in the order of their index with their raw records: { positions, records }.
-- KEYS[1]  {shop}:holds
-- KEYS[2]  {shop}:due:holds
-- ARGV[1], ARGV[2]  where to begin and to end, as ZRANGEBYLEX takes it
-- ARGV[3]  how many
-- @keys
-- @include positions

local found = redis.call('ZRANGEBYLEX', keys['due:holds'], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
local hold_ids = {}
for index, position in ipairs(found) do
  local _, _, hold_id = parse_position(position)
  hold_ids[index] = hold_id
end
return { found, #hold_ids > 0 and redis.call('HMGET', keys.holds, unpack(hold_ids)) or {} }

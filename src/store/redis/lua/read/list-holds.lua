#!lua flags=no-writes
-- Returns live holds in the order of their index, with their raw records: { positions, records }.
-- KEYS  holds due:holds
-- ARGV[1], ARGV[2]  the bounds for ZRANGEBYLEX
-- ARGV[3]  the number of holds
-- @include positions

local function list(from, to, limit)
  local found = redis.call('ZRANGEBYLEX', keys['due:holds'], from, to, 'LIMIT', 0, limit)
  local hold_ids = {}
  for index, position in ipairs(found) do
    local _, _, hold_id = parse_position(position)
    hold_ids[index] = hold_id
  end
  return { found, #hold_ids > 0 and redis.call('HMGET', keys.holds, unpack(hold_ids)) or {} }
end

return function(ARGV) return list(ARGV[1], ARGV[2], ARGV[3]) end

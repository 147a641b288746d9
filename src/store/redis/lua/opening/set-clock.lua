#!lua
-- Changes the shop's offset and returns 1, or returns 0 if another process has changed it meanwhile.
-- KEYS  meta
-- ARGV[1]  the field `clock` that the caller has read; empty if it was missing
-- ARGV[2]  the new field
-- ARGV[3]  the time that the shop reaches with this change; empty for none

local function set_clock(known, changed, reached)
  local text, at = unpack(redis.call('HMGET', keys.meta, 'clock', 'at'))
  if (text or '') ~= known then return 0 end
  redis.call('HSET', keys.meta, 'clock', changed)
  if reached ~= '' and tonumber(reached) > (tonumber(at or '') or 0) then redis.call('HSET', keys.meta, 'at', reached) end
  return 1
end

return function(ARGV) return set_clock(ARGV[1], ARGV[2], ARGV[3]) end

#!lua
-- Changes how shop time is made of the wall clock, where no other process has done so meanwhile. Answers 1 or 0.
-- KEYS  meta
-- ARGV[1]  the field `clock` as the caller knows it; empty where there is none
-- ARGV[2]  the field from now on
-- ARGV[3]  a time that the shop has reached by this; empty for none

local function set_clock(known, changed, reached)
  local text, at = unpack(redis.call('HMGET', keys.meta, 'clock', 'at'))
  if (text or '') ~= known then return 0 end
  redis.call('HSET', keys.meta, 'clock', changed)
  if reached ~= '' and tonumber(reached) > (tonumber(at or '') or 0) then redis.call('HSET', keys.meta, 'at', reached) end
  return 1
end

return function(ARGV) return set_clock(ARGV[1], ARGV[2], ARGV[3]) end

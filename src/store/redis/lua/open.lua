#!lua
-- Makes the shop's record of itself where there is none, and tells it: { incarnation, format, time used, Redis time }.
-- KEYS[1]  {shop}:meta
-- ARGV[1]  an incarnation for a new shop, or '' if none may be made
-- ARGV[2]  the format of the records, taken by a new shop
-- @keys
if ARGV[1] ~= '' and redis.call('EXISTS', keys.meta) == 0 then
  redis.call('HSET', keys.meta, 'incarnation', ARGV[1], 'format', ARGV[2])
end
local values = redis.call('HMGET', keys.meta, 'incarnation', 'format', 'at')
local time = redis.call('TIME')
return { values[1], values[2], values[3] or '0', time[1], time[2] }

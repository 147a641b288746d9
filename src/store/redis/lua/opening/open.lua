#!lua
-- Creates the shop's metadata unless it exists.
-- KEYS  meta
-- ARGV[1]  the generation, a random value
-- ARGV[2]  the format of the records
-- ARGV[3]  the server's run

local function open(generation, format, server)
  if redis.call('EXISTS', keys.meta) == 0 then
    redis.call('HSET', keys.meta, 'incarnation', generation, 'format', format, 'server', server)
  end
end

return function(ARGV) return open(ARGV[1], ARGV[2], ARGV[3]) end

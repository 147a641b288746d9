#!lua
-- Fences a server that was replaced as the shop's master, and returns 1. Returns 0 if the server has another shop, or
-- an epoch that is not older. The server gets an epoch in which it rejects every batch and every read, so every process
-- reopens its connections and finds the fence.
-- KEYS  meta
-- ARGV[1]  the shop's generation
-- ARGV[2]  the epoch that begins at the new master
-- ARGV[3]  the new master's address and the time, JSON

local function fence(generation, epoch, fenced)
  local found = redis.call('HMGET', keys.meta, 'incarnation', 'epoch')
  if found[1] ~= generation or tonumber(found[2] or '0') >= tonumber(epoch) then return 0 end
  redis.call('HSET', keys.meta, 'epoch', epoch, 'fenced', fenced)
  return 1
end

return function(ARGV) return fence(ARGV[1], ARGV[2], ARGV[3]) end

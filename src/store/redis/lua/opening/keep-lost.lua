#!lua
-- Adds lost writes that a process knows to the record of a frozen shop, and sets the time of that record. Returns 1.
-- Returns 0 and writes nothing if the shop is no longer frozen, because no recovery would delete the record.
-- KEYS  meta lost
-- ARGV  the last sequence of a batch and the batch as JSON, for each batch

return function(ARGV)
  local loss = redis.call('HGET', keys.meta, 'loss')
  if not loss or loss == '' then return 0 end
  local time = redis.call('TIME')
  redis.call('HSET', keys.lost, 'at', time[1] .. string.format('%03d', math.floor(time[2] / 1000)))
  for index = 1, #ARGV, 2 do redis.call('HSET', keys.lost, ARGV[index], ARGV[index + 1]) end
  return 1
end

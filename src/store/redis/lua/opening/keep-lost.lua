#!lua
-- Stores the lost writes that a process knows in a frozen shop, with the time. Returns 1; or 0 if the shop is no longer
-- frozen, so that nothing is left behind after a recovery.
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

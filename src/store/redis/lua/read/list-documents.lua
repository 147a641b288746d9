#!lua flags=no-writes
-- Returns the documents of a list by descending key, with their raw records and due times: { keys, records, due }.
-- KEYS  docs due:docs orders:awaiting_payment orders:placed orders:cancelled orders:expired orders:refund_due
--       orders:partially_fulfilled orders:fulfilled orders:by_owner orders:events
--       orders:reservations orders:reservations_ended orders:transfers orders:transfers_ended
-- ARGV[1]  the list
-- ARGV[2]  the upper bound of the keys, for ZREVRANGEBYLEX
-- ARGV[3]  the number of documents

local function list(name, before, limit)
  local names = redis.call('ZREVRANGEBYLEX', keys['orders:' .. name], before, '-', 'LIMIT', 0, limit)
  if #names == 0 then return { {}, {}, {} } end
  local due = redis.call('ZMSCORE', keys['due:docs'], unpack(names))
  return { names, redis.call('HMGET', keys.docs, unpack(names)), due }
end

return function(ARGV) return list(ARGV[1], ARGV[2], ARGV[3]) end

#!lua flags=no-writes
-- Returns SKUs in lexical order, with their raw records: { SKUs, records }.
-- KEYS  stock skus
-- ARGV[1]  the lower bound for ZRANGEBYLEX
-- ARGV[2]  the number of SKUs

local function list(from, limit)
  local skus = redis.call('ZRANGEBYLEX', keys.skus, from, '+', 'LIMIT', 0, limit)
  return { skus, #skus > 0 and redis.call('HMGET', keys.stock, unpack(skus)) or {} }
end

return function(ARGV) return list(ARGV[1], ARGV[2]) end

#!lua flags=no-writes
-- SKUs in lexical order with their raw records: { SKUs, records }.
-- KEYS  stock skus
-- ARGV[1]  where to begin, as ZRANGEBYLEX takes it
-- ARGV[2]  how many

local function list(from, limit)
  local skus = redis.call('ZRANGEBYLEX', keys.skus, from, '+', 'LIMIT', 0, limit)
  return { skus, #skus > 0 and redis.call('HMGET', keys.stock, unpack(skus)) or {} }
end

return function(ARGV) return list(ARGV[1], ARGV[2]) end
